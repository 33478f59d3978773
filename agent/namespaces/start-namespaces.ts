import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { roles } from '#agent/model/names.ts';
import type { NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { namespaces as namespaceResource, roleBindings } from '#core/api/kubernetes.ts';
import { namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { virtualNodes } from '#core/api/offload/virtual-node.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import type { EventToRecord } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type Decision, decide, desiredMapping, offloadingName, settle } from './decide.ts';
import { longestEndMs } from './end-offloading.ts';
import { namespaceKeeper } from './keep-namespace.ts';
import { bindingLabel, isMarked } from './namespace-marks.ts';
import type { ProviderView } from './offloading-status.ts';
import { acceptedPairs, emptyPeerMap, type PeerMap, pairsToGive, peerMap, twinOf } from './peer-map.ts';

export interface NamespacesOptions {
  readonly source: ApiServerSource;
  /** Of this cluster. */
  readonly clusterID: string;
  /** The agent's own: it gets its rights in offloaded namespaces. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /**
   * Told of all pairs of a provider whenever they change, by local name, and of none when its link ends. Never before
   * it is known what the provider had accepted. Must not throw.
   */
  readonly onPairs: (providerID: string, pairs: readonly NamespacePair[]) => void;
}

export interface Namespaces {
  /**
   * The providers there are. Nothing is written before the first call, which is to name all that were peered with when
   * the process began.
   */
  setLinks(links: readonly ProviderLink[]): void;
  /**
   * Asks a provider for no namespace any more, and waits up to 20 s until it has none. Rejects with SourceError when it
   * cannot be asked.
   */
  withdraw(link: ProviderLink): Promise<void>;
  /** Nothing runs any longer. */
  readonly drained: Promise<void>;
}

const concurrency = 4;
const withdrawPollMs = 500;

/**
 * Keeps the offloads of this cluster's namespaces: what NamespaceOffloadings want is asked of providers by their
 * NamespaceMaps, what those accept becomes pairs and status. Until the signal aborts, which leaves all as it is.
 */
export function startNamespaces(options: NamespacesOptions, signal: AbortSignal): Namespaces {
  const { source, clusterID, serviceAccount, log, random, wallClock, onPairs } = options;
  const peers = new Map<string, PeerMap>();
  const given = new Map<string, readonly NamespacePair[]>();
  const leaving = new WeakSet<ProviderLink>();
  const linksKnown = Promise.withResolvers<void>();
  const misnamed = new Set<string>();
  /** Decisions by provider, forgotten with every change of what they come from. */
  const settlements = new Map<string, ReadonlyMap<string, Decision>>();

  const touchMaps = (): void => {
    settlements.clear();
    for (const id of peers.keys()) queue.add(`map/${id}`);
  };
  const touchNamespaces = (): void => {
    for (const { metadata } of offloadings.list()) {
      if (metadata.name === offloadingName) queue.add(`namespace/${metadata.namespace}`);
    }
  };
  const touchAll = (): void => {
    touchMaps();
    touchNamespaces();
  };

  const offloadings = source.watch(
    {
      resource: namespaceOffloadings,
      onChange: ({ type, object }) => {
        const { name, namespace, uid = '' } = object.metadata;
        if (name !== offloadingName) return type === 'applied' ? tellMisnamed(object, uid) : undefined;
        queue.add(`namespace/${namespace}`);
        touchMaps();
      },
    },
    signal,
  );
  const nodes = source.watch({ resource: virtualNodes, onChange: touchAll }, signal);
  const namespaces = source.watch(
    {
      resource: namespaceResource,
      onChange: ({ object }) => {
        const { name } = object.metadata;
        settlements.clear();
        if (offloadings.get(`${name}/${offloadingName}`) !== undefined || isMarked(object)) {
          queue.add(`namespace/${name}`);
        }
      },
    },
    signal,
  );
  const mirrors = source.watch(
    {
      resource: namespaceMaps,
      onChange: ({ object }) => {
        if (peers.has(object.metadata.name)) queue.add(`map/${object.metadata.name}`);
      },
    },
    signal,
  );
  const bindings = source.watch(
    {
      resource: roleBindings,
      labelSelector: `${bindingLabel.key}=${bindingLabel.value}`,
      onChange: ({ object }) => {
        queue.add(`namespace/${object.metadata.namespace}`);
        touchMaps();
      },
    },
    signal,
  );
  const known = Promise.all([
    linksKnown.promise,
    ...[offloadings, nodes, namespaces, mirrors, bindings].map(({ synced }) => synced),
  ]);
  // Reconciles wait for it; without one the rejection at the end is nobody's.
  known.catch(() => undefined);
  signal.addEventListener('abort', () => linksKnown.reject(signal.reason), { once: true });

  const tell = (event: EventToRecord): Promise<void> =>
    source
      .recordEvent(event)
      .catch((error) => log.warn({ error, reason: event.reason }, 'an event was not recorded'));
  const tellMisnamed = (about: NamespaceOffloading, uid: string): void => {
    if (misnamed.has(uid)) return;
    misnamed.add(uid);
    const message = `NamespaceOffloading name must match ${offloadingName}; this one does nothing`;
    void tell({ type: 'Warning', reason: 'NameNotOffloading', message, about });
  };
  const keepNamespace = namespaceKeeper({ source, clusterID, serviceAccount, wallClock, tell });

  /** What every offloaded namespace gets of a provider. */
  const settled = (peer: PeerMap): ReadonlyMap<string, Decision> => {
    const { link } = peer;
    const held = settlements.get(link.clusterID);
    if (held !== undefined) return held;
    const selectable = [...nodes.list()]
      .filter(({ metadata }) => metadata.namespace === link.tenantNamespace)
      .map(({ metadata, spec }) => ({ name: metadata.name, labels: spec?.labels ?? {} }));
    const before = peer.known()?.spec?.desiredMapping ?? {};
    const wishes = [...offloadings.list()].flatMap((offloading) => {
      const { name, namespace: of = '', creationTimestamp = '', deletionTimestamp } = offloading.metadata;
      const namespace = namespaces.get(of);
      if (name !== offloadingName || deletionTimestamp !== undefined || namespace === undefined) return [];
      const decision = decide({
        offloading,
        namespace,
        clusterID,
        agentNamespace: serviceAccount.namespace,
        nodes: selectable,
        wantedBefore: Object.hasOwn(before, of),
      });
      return [{ namespace: of, createdAt: creationTimestamp, decision }];
    });
    const found = settle(wishes);
    settlements.set(link.clusterID, found);
    return found;
  };

  const away = ({ link }: PeerMap): string | undefined => {
    const state = link.state();
    return state.kind === 'connected' ? undefined : state.message;
  };

  const reconcileNamespace = async (name: string) => {
    const namespace = namespaces.get(name);
    if (namespace === undefined) return undefined;
    const providers = [...peers.values()].map((peer) => {
      const map = peer.known();
      return {
        clusterID: peer.link.clusterID,
        decision: settled(peer).get(name) ?? ({ kind: 'notSelected' } satisfies ProviderView['decision']),
        twin: twinOf(map, name),
        asked: Object.hasOwn(map?.spec?.desiredMapping ?? {}, name),
        away: away(peer),
        given: given.get(peer.link.clusterID)?.some(({ local }) => local === name) === true,
      };
    });
    return keepNamespace({
      namespace,
      offloading: offloadings.get(`${name}/${offloadingName}`),
      isBound: isBound(name),
      providers,
    });
  };
  const isBound = (namespace: string): boolean =>
    bindings.get(`${namespace}/${roles.consumerNamespace}`) !== undefined;

  /** In a namespace that ends no rights can be made any more; what runs there is to end in order. */
  const mayGive = (name: string): boolean =>
    isBound(name) || namespaces.get(name)?.metadata.deletionTimestamp !== undefined;
  const give = (providerID: string, pairs: readonly NamespacePair[] | undefined): void => {
    if (pairs === undefined || isDeepStrictEqual(given.get(providerID), pairs)) return;
    const before = given.get(providerID) ?? [];
    given.set(providerID, pairs);
    onPairs(providerID, pairs);
    // An offload that ends waits for its pairs to be taken back.
    for (const { local } of before) queue.add(`namespace/${local}`);
  };

  const reconcileMap = async (id: string) => {
    const peer = peers.get(id);
    if (peer === undefined) return undefined;
    const desired = leaving.has(peer.link) ? {} : desiredMapping(settled(peer));
    const map = peer.known();
    if (peer.isRead || map !== undefined) {
      give(id, pairsToGive(acceptedPairs(desired, map), given.get(id), mayGive));
    }
    await peer.writeMirror(desired);
    await peer.writeRemote(desired);
    return undefined;
  };

  const queue = keyedQueue(
    {
      concurrency,
      random,
      reconcile: async (key) => {
        await known;
        const [what, name] = key.split('/') as [string, string];
        return what === 'map' ? reconcileMap(name) : reconcileNamespace(name);
      },
      onError: (key, error, failures) => {
        // Somebody else wrote meanwhile: the watch has shown it, or soon will.
        if (error instanceof SourceError && error.code === 'conflict' && failures < 5) return;
        log.warn({ key, error, failures }, 'an offload was not brought to what it should be');
      },
    },
    signal,
  );

  const follow = (link: ProviderLink): void => {
    const onChange = (): void => {
      settlements.delete(link.clusterID);
      queue.add(`map/${link.clusterID}`);
      touchNamespaces();
    };
    peers.set(link.clusterID, peerMap({ link, source, clusterID, mirrors, onChange }, signal));
    onChange();
  };

  return {
    setLinks: (links) => {
      const wanted = new Map(links.map((link) => [link.clusterID, link]));
      for (const [id, peer] of peers) {
        if (wanted.get(id) === peer.link) continue;
        peer.close();
        peers.delete(id);
        settlements.delete(id);
        if (!wanted.has(id) && given.delete(id)) onPairs(id, []);
      }
      for (const link of links) if (!peers.has(link.clusterID)) follow(link);
      linksKnown.resolve();
      touchNamespaces();
    },
    withdraw: async (link) => {
      leaving.add(link);
      queue.add(`map/${link.clusterID}`);
      const until = wallClock() + longestEndMs;
      while (!(await emptyPeerMap(link)) && wallClock() < until) {
        await setTimeout(withdrawPollMs, undefined, { signal });
      }
    },
    drained: queue.drained,
  };
}
