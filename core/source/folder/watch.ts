import type { KubeObject } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import { SourceError } from '#core/source/errors.ts';
import { labelMatcher } from '#core/source/label-selector.ts';
import type { Change, Watch, WatchOptions } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { FolderStore } from './store.ts';

/** What a watch of a folder stands on. */
export interface FolderWatchContext {
  readonly store: FolderStore;
  readonly log: Logger;
  /** Resolves when the folder was read once. */
  readonly first: Promise<void>;
  readonly age: () => number;
}

/** One watch over the store: namespace and label selector, trimmed copies, changes in order. */
export function folderWatch<T extends KubeObject>(
  { store, log, first, age }: FolderWatchContext,
  options: WatchOptions<T>,
  signal: AbortSignal,
): Watch<T> {
  const { resource, namespace, trim = (object: T) => object, onChange } = options;
  if (options.fieldSelector !== undefined) {
    throw new SourceError('invalid', `a folder knows no field selectors (${options.fieldSelector})`, {
      hint: 'Select by labels.',
    });
  }
  const selected = labelMatcher(options.labelSelector);
  const wanted = ({ metadata }: KubeObject): boolean =>
    (namespace === undefined || metadata.namespace === namespace) && selected(metadata.labels);
  const held = new Map<string, T>();

  const take = ({ type, object }: Change<KubeObject>): void => {
    const key = objectKey(resource, object.metadata);
    if (type === 'applied' && wanted(object)) {
      const kept = trim(object as T);
      held.set(key, kept);
      onChange({ type: 'applied', object: kept });
      return;
    }
    const last = held.get(key);
    if (last === undefined) return;
    held.delete(key);
    onChange({ type: 'deleted', object: last });
  };
  const takeSafely = (change: Change<KubeObject>): void => {
    try {
      take(change);
    } catch (error) {
      // The reader's fault, but the other readers and the folder go on.
      log.warn({ error, kind: resource.kind }, `a change of a ${resource.kind} was not taken in: ${error}`);
    }
  };

  const synced = Promise.withResolvers<void>();
  // Nobody needs to wait for it; the rejection is then nobody's.
  synced.promise.catch(() => undefined);
  let stop = (): void => undefined;
  const end = (): void => {
    stop();
    synced.reject(signal.reason);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  void first.then(() => {
    if (signal.aborted) return;
    for (const object of store.list(resource)) takeSafely({ type: 'applied', object });
    stop = store.listen(resource, takeSafely);
    synced.resolve();
  });

  return {
    get: (key) => held.get(key),
    list: () => held.values(),
    synced: synced.promise,
    missing: false,
    ageMs: age,
  };
}
