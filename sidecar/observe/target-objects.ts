import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { LabelSelector } from './label-selector.ts';
import { NameIndex } from './name-index.ts';
import { kindId } from './target-kinds.ts';

/** Whether a kind was listed: not yet, or the API server does not know it, or it does not let us. */
export type ReadState = 'unread' | 'missing' | 'denied' | 'read';

/** The objects that Gslbs refer to, of all kinds, by `namespace/name`. */
export class TargetObjects {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  /** Keys by `kind id/namespace`, and by `kind id/namespace?label=value`. */
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

  /** Those of a namespace that are selected. */
  select<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    { matches, pivot }: LabelSelector,
  ): readonly T[] {
    const all = `${kindId(resource)}/${namespace}`;
    const keys = this.#ofNamespace.of(pivot === undefined ? all : `${all}?${pivot.key}=${pivot.value}`);
    return [...keys].flatMap((key) => {
      const object = this.get(resource, key);
      return object !== undefined && matches(object.metadata.labels) ? object : [];
    });
  }

  all<T extends KubeObject>(resource: Resource<T>): Iterable<T> {
    return (this.#objects.get(kindId(resource))?.values() ?? []) as Iterable<T>;
  }

  set(resource: Resource, key: string, now: KubeObject | undefined): void {
    const id = kindId(resource);
    const objects = this.#objects.get(id) ?? new Map<string, KubeObject>();
    this.#objects.set(id, objects);
    const namespace = `${id}/${key.slice(0, key.indexOf('/'))}`;
    for (const name of indexNames(namespace, objects.get(key))) this.#ofNamespace.remove(name, key);
    for (const name of indexNames(namespace, now)) this.#ofNamespace.add(name, key);
    if (now === undefined) objects.delete(key);
    else objects.set(key, now);
  }
}

function indexNames(namespace: string, object: KubeObject | undefined): readonly string[] {
  if (object === undefined) return [];
  const labels = Object.entries(object.metadata.labels ?? {});
  return [namespace, ...labels.map(([label, value]) => `${namespace}?${label}=${value}`)];
}
