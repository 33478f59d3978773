import { setTimeout as pause } from 'node:timers/promises';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { Source, Watch } from '#core/source/source.ts';
import { kindId } from './target-kinds.ts';
import type { ReadState } from './target-objects.ts';

export interface OptionalWatchesOptions {
  readonly source: Source;
  readonly trim?: (object: KubeObject) => KubeObject;
  readonly onObject: (resource: Resource, known: KubeObject, now: KubeObject | undefined) => void;
  /** Called after the objects of a list. */
  readonly onState: (resource: Resource, state: ReadState) => void;
}

/** Watches of kinds whose CRDs may not be installed; each begins when it is first wanted, and then stays. */
export interface OptionalWatches {
  /** Begins those that are not watched yet. @returns whether there were any */
  want(resources: readonly Resource[]): boolean;
  /** Resolves when every one that was begun is listed, or known to be missing or denied. */
  settled(): Promise<void>;
  /** Those that were listed. */
  listed(): readonly Watch<KubeObject>[];
}

/** How often a list that has not come is looked after; in the API server nothing is asked for it. */
const lookMs = 100;
/** A list that has neither come nor is missing after this long is denied, or as good as. */
const deniedMs = 10_000;

/** They end with the signal. */
export function optionalWatches(options: OptionalWatchesOptions, signal: AbortSignal): OptionalWatches {
  const { source, trim, onObject, onState } = options;
  const begun = new Map<string, { readonly watch: Watch<KubeObject>; readonly settled: Promise<void> }>();
  const listed = new Set<Watch<KubeObject>>();

  function begin(resource: Resource) {
    const watch = source.watch<KubeObject>(
      {
        resource,
        ...(trim === undefined ? {} : { trim }),
        onChange: ({ type, object }) => onObject(resource, object, type === 'deleted' ? undefined : object),
      },
      signal,
    );
    let read = false;
    const synced = watch.synced.then(
      () => {
        read = true;
        listed.add(watch);
        onState(resource, 'read');
      },
      // The signal has aborted.
      () => undefined,
    );
    /** Says what keeps the list away, until it comes. */
    async function look(): Promise<void> {
      for (let waitedMs = 0; !read && !signal.aborted; waitedMs += lookMs) {
        if (watch.missing) return onState(resource, 'missing');
        if (waitedMs >= deniedMs) return onState(resource, 'denied');
        await pause(lookMs, undefined, { signal }).catch(() => undefined);
      }
    }
    begun.set(kindId(resource), { watch, settled: Promise.race([synced, look()]) });
  }

  return {
    want(resources) {
      const fresh = resources.filter((resource) => !begun.has(kindId(resource)));
      for (const resource of fresh) begin(resource);
      return fresh.length > 0;
    },
    settled: async () => void (await Promise.all([...begun.values()].map((each) => each.settled))),
    listed: () => [...listed],
  };
}
