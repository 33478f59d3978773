import type { KubeObject, Resource } from '#core/api/kubernetes.ts';

/** One step of a watched list. `object` of `deleted` is the last one known. */
export type Change<T extends KubeObject> =
  | { readonly type: 'applied'; readonly object: T }
  | { readonly type: 'deleted'; readonly object: T };

export interface WatchOptions<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Cuts an object down on arrival; only the result is kept. Must keep metadata.namespace and name. */
  readonly trim?: (object: T) => T;
  /** Called once per change, in order. After a relist only real differences are reported. Must not throw. */
  readonly onChange: (change: Change<T>) => void;
}

/** A running watch with what it holds now. */
export interface Watch<T extends KubeObject> {
  /** Key: `namespace/name`, or `name` for cluster-scoped resources. */
  get(key: string): T | undefined;
  list(): Iterable<T>;
  /** Resolves when the first list is complete (its changes reported); rejects only when the signal aborts. */
  readonly synced: Promise<void>;
  /**
   * True while the API server does not know the resource (its CRD is not installed, or went away). It is asked again
   * every few seconds; until then `synced` is pending, or what was held stays held.
   */
  readonly missing: boolean;
  /**
   * Milliseconds since the source last confirmed this list: by a list, a watch begun from it, an event or a bookmark;
   * Infinity before the first. Up to 90 s for a quiet list in good health.
   */
  ageMs(): number;
}

/** A Kubernetes Event to record on an object (deduplicated by reason and message). */
export interface EventToRecord {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  readonly about: KubeObject;
}

export interface DeleteOptions {
  /** Only this one, not a later one of the name; rejects with `conflict`. */
  readonly uid?: string;
  /** Only this version of it; rejects with `conflict`. */
  readonly resourceVersion?: string;
  /** Pods: 0 removes the object at once, whatever its node says. Absent: the object's own. */
  readonly gracePeriodSeconds?: number;
}

/**
 * Where objects come from and where status goes: an API server, or a folder of YAML files.
 * Reads heal by themselves (backoff, relist) and never end before the signal does; writes reject with SourceError.
 */
export interface Source {
  watch<T extends KubeObject>(options: WatchOptions<T>, signal: AbortSignal): Watch<T>;
  /** Server-side apply with our field manager, forced. The object holds only the fields that we own. */
  apply<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  /** Merge-patches the status subresource. */
  patchStatus<T extends KubeObject>(resource: Resource<T>, key: string, status: unknown): Promise<void>;
  /** Deletes one object; absent is fine. */
  delete(resource: Resource, key: string, options?: DeleteOptions): Promise<void>;
  recordEvent(event: EventToRecord): Promise<void>;
}
