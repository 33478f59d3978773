import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { NameIndex } from './name-index.ts';
import { kindId } from './target-kinds.ts';

/** Whether a kind was listed: not yet, or the API server does not know it, or it does not let us. */
export type ReadState = 'unread' | 'missing' | 'denied' | 'read';

/** The objects that Gslbs refer to, of all kinds, by `namespace/name`. */
export class TargetObjects {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  /** Keys by `kind id/namespace`. */
  readonly #ofNamespace = new NameIndex();
  readonly #states = new Map<string, ReadState>();

  state(resource: Resource): ReadState {
    return this.#states.get(kindId(resource)) ?? 'unread';
  }

  /** @returns whether it is another than before */
  setState(resource: Resource, state: ReadState): boolean {
    const changed = this.state(resource) !== state;
    this.#states.set(kindId(resource), state);
    return changed;
  }

  get<T extends KubeObject>(resource: Resource<T>, key: string): T | undefined {
    return this.#objects.get(kindId(resource))?.get(key) as T | undefined;
  }

  inNamespace<T extends KubeObject>(resource: Resource<T>, namespace: string): readonly T[] {
    return [...this.#ofNamespace.of(`${kindId(resource)}/${namespace}`)].flatMap(
      (key) => this.get(resource, key) ?? [],
    );
  }

  all<T extends KubeObject>(resource: Resource<T>): Iterable<T> {
    return (this.#objects.get(kindId(resource))?.values() ?? []) as Iterable<T>;
  }

  set(resource: Resource, key: string, now: KubeObject | undefined): void {
    const id = kindId(resource);
    const objects = this.#objects.get(id) ?? new Map<string, KubeObject>();
    this.#objects.set(id, objects);
    const namespace = `${id}/${key.slice(0, key.indexOf('/'))}`;
    if (now === undefined) {
      objects.delete(key);
      this.#ofNamespace.remove(namespace, key);
    } else {
      objects.set(key, now);
      this.#ofNamespace.add(namespace, key);
    }
  }
}
