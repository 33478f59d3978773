import type { NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { EventToRecord, Watch } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { uidNow } from './carry-out.ts';
import type { LocalPod } from './pod.ts';
import type { Refusals } from './refusals.ts';
import { eventBack, podOfEvent } from './remote-event.ts';
import { sweep } from './sweep.ts';
import type { Tombstones } from './tombstones.ts';
import { openTwin, type Twin } from './twin.ts';

export interface TwinsOptions {
  readonly source: Pick<ApiServerSource, 'get'>;
  readonly link: ProviderLink;
  /** Id of this cluster. */
  readonly clusterID: string;
  readonly tombstones: Tombstones;
  readonly locals: Watch<LocalPod>;
  readonly reachable: () => boolean;
  readonly refused: Refusals;
  readonly isOffloaded: (namespace: string) => boolean;
  readonly say: (event: EventToRecord) => void;
  /** Something changed for the pod `namespace/name` of this cluster. */
  readonly changed: (key: string) => void;
  readonly log: Logger;
  readonly random: () => number;
}

/** The twins of all namespaces that have one. */
export interface Twins {
  /** Whether the pairs were told at all. */
  readonly known: boolean;
  set(pairs: readonly NamespacePair[]): void;
  of(namespace: string): Twin | undefined;
  /** Whether it had a twin that was taken away. */
  wasRemoved(namespace: string): boolean;
  linkChanged(): void;
  /** The local list is there: leftovers can be told from what is wanted. */
  wake(): void;
  readonly drained: Promise<void>;
}

/** Opens, sweeps and closes twins as they are told. */
export function twins(options: TwinsOptions, signal: AbortSignal): Twins {
  const { source, link, clusterID, tombstones, locals, reachable, refused, say, changed, log, random } =
    options;
  const open = new Map<string, Twin>();
  const removed = new Set<string>();
  let known = false;
  let localsRead = false;

  const sweeps = keyedQueue(
    {
      concurrency: 4,
      random,
      onError: (namespace, error) =>
        log.warn({ namespace, error }, 'leftovers at the provider are not cleared yet'),
      reconcile: async (namespace) => {
        const twin = open.get(namespace);
        if (!localsRead || !reachable()) return {};
        if (twin === undefined) await forgetTombstones(namespace);
        if (twin === undefined || twin.swept) return {};
        const { deleted } = await sweep({
          pair: twin.pair,
          remote: link.remote,
          origin: clusterID,
          tombstones,
          localUID: (name) => uidNow(source, `${namespace}/${name}`),
          knownUID: (name) => locals.get(`${namespace}/${name}`)?.metadata.uid,
        });
        if (deleted.length > 0) {
          log.info({ namespace, deleted }, 'pods that are gone here were removed at the provider');
        }
        if (!reachable()) return {};
        twin.swept = true;
        changedIn(namespace, twin);
        return {};
      },
    },
    signal,
  );

  /** A namespace that is offloaded no longer has no copies: the provider has cleared its twin away. */
  const forgetTombstones = async (namespace: string): Promise<void> => {
    if (!known || options.isOffloaded(namespace)) return;
    await tombstones.remove(await tombstones.of(namespace));
  };

  const changedIn = (namespace: string, twin: Twin): void => {
    for (const name of twin.names()) changed(`${namespace}/${name}`);
    for (const { metadata } of locals.list()) {
      if (metadata.namespace === namespace) changed(`${namespace}/${metadata.name}`);
    }
  };

  const openPair = (pair: NamespacePair): void => {
    const twin: Twin = openTwin(
      {
        pair,
        remote: link.remote,
        origin: clusterID,
        onChange: (name, gone) => {
          // What goes there makes room for what was refused.
          if (gone) for (const key of refused.hurry()) changed(key);
          changed(`${pair.local}/${name}`);
        },
        onEvent: (event) => {
          const name = podOfEvent(event);
          const local = name === undefined ? undefined : locals.get(`${pair.local}/${name}`);
          if (name === undefined || local === undefined) return;
          const back = eventBack(event, local, twin.view(name).remote, link.clusterID);
          if (back !== undefined) say(back);
        },
        onSynced: () => changedIn(pair.local, twin),
      },
      signal,
    );
    open.set(pair.local, twin);
    sweeps.add(pair.local);
  };

  const wake = (): void => {
    for (const namespace of open.keys()) sweeps.add(namespace);
    tombstones.namespaces().then(
      (namespaces) => {
        for (const namespace of namespaces) sweeps.add(namespace);
      },
      (error: unknown) => {
        if (!signal.aborted) log.warn({ error }, 'tombstones cannot be read yet');
      },
    );
  };

  return {
    get known() {
      return known;
    },
    of: (namespace) => open.get(namespace),
    wasRemoved: (namespace) => removed.has(namespace),
    set: (pairs) => {
      if (signal.aborted) return;
      known = true;
      const wanted = new Map(pairs.map((pair) => [pair.local, pair]));
      for (const [namespace, twin] of open) {
        const { remote } = wanted.get(namespace) ?? {};
        if (remote === twin.pair.remote) continue;
        twin.close();
        open.delete(namespace);
        if (remote === undefined) removed.add(namespace);
      }
      for (const pair of pairs) {
        removed.delete(pair.local);
        if (!open.has(pair.local)) openPair(pair);
      }
    },
    linkChanged: () => {
      if (reachable()) return wake();
      for (const twin of open.values()) twin.swept = false;
    },
    wake: () => {
      localsRead = true;
      wake();
    },
    drained: sweeps.drained,
  };
}
