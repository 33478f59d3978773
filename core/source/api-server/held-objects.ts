import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import type { WatchOptions } from '#core/source/source.ts';
import { arrived } from './arrival.ts';

interface Held<T> {
  /** Kept beside the object, which may have been trimmed of them. */
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly object: T;
  /** The list that last had it. */
  list: number;
}

/** The local copy of one list: takes in events and whole lists, and reports what really changed. */
export class HeldObjects<T extends KubeObject> {
  readonly #options: Pick<WatchOptions<T>, 'resource' | 'trim' | 'onChange'>;
  readonly #held = new Map<string, Held<T>>();
  #list = 0;

  constructor(options: Pick<WatchOptions<T>, 'resource' | 'trim' | 'onChange'>) {
    this.#options = options;
  }

  get(key: string): T | undefined {
    return this.#held.get(key)?.object;
  }

  *list(): Iterable<T> {
    for (const { object } of this.#held.values()) yield object;
  }

  /** A new or changed object. One that is held in this very version is passed over. */
  apply(object: KubeObject): void {
    const { resource, trim, onChange } = this.#options;
    const { uid, resourceVersion } = object.metadata;
    const key = objectKey(resource, object.metadata);
    const held = this.#held.get(key);
    if (held !== undefined && held.uid === uid && held.resourceVersion === resourceVersion) {
      held.list = this.#list;
      return;
    }
    // Deleted and made again while nobody watched: two changes, for whoever keeps something by uid.
    if (held !== undefined && held.uid !== uid) this.delete(object);
    const whole = arrived<T>(resource as Resource<T>, object);
    const kept = trim === undefined ? whole : trim(whole);
    this.#held.set(key, { uid, resourceVersion, object: kept, list: this.#list });
    onChange({ type: 'applied', object: kept });
  }

  delete(object: KubeObject): void {
    this.#remove(objectKey(this.#options.resource, object.metadata));
  }

  /** Every apply until endList belongs to one list. */
  beginList(): void {
    this.#list++;
  }

  /** What the list did not have is gone. */
  endList(): void {
    for (const [key, { list }] of this.#held) {
      if (list !== this.#list) this.#remove(key);
    }
  }

  #remove(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#options.onChange({ type: 'deleted', object: held.object });
  }
}
