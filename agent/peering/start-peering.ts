import { isDeepStrictEqual } from 'node:util';
import { annotations, labels, product } from '#agent/model/names.ts';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import { namespaces, secrets } from '#core/api/kubernetes.ts';
import { type ForeignCluster, foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';
import { isClusterID } from './cluster-config.ts';
import {
  foreignClusterStatus,
  type IncomingFacts,
  type NetworkingFacts,
  type PeeringFacts,
  rememberedFacts,
} from './foreign-cluster-status.ts';
import { Outgoing, type Wish } from './outgoing.ts';
import type { OutgoingContext } from './outgoing-context.ts';
import { providerOfNamespace, tenantNamespaceOf } from './tenant-namespace.ts';

export type { IncomingFacts } from './foreign-cluster-status.ts';

export interface PeeringOptions
  extends Omit<OutgoingContext, 'keepNamespaceMs' | 'again' | 'event' | 'clearWish'> {
  /** How long the tenant namespace of a peering that has ended stays, for the next one. Default 30 s. */
  readonly keepNamespaceMs?: number;
}

export interface Peering {
  /** All that stand, whatever their state. */
  links(): readonly ProviderLink[];
  /** How a cluster consumes this one; undefined when it does not any longer. */
  setIncoming(clusterID: string, facts: IncomingFacts | undefined): void;
  /** Whether the gateways reach each other. */
  setNetworking(clusterID: string, state: NetworkingFacts | undefined): void;
  /** Resolves when the signal has aborted and all has ended. */
  readonly drained: Promise<void>;
}

interface Peer {
  readonly outgoing: Outgoing;
  readonly events: { type: 'Normal' | 'Warning'; reason: string; message: string }[];
  /** Absent: nobody has spoken since we run. */
  incoming?: { readonly facts: IncomingFacts | undefined };
  networking?: { readonly facts: NetworkingFacts | undefined };
}

/** So long after the start what an earlier run wrote of incoming peerings and networking stands. */
const memoryMs = 60_000;
const concurrency = 16;

/**
 * The consumer's side of peerings, and all ForeignClusters. Reconciled per cluster id from what is in the API server,
 * so that it may be aborted and begun again at any point.
 */
export function startPeering(options: PeeringOptions, signal: AbortSignal): Peering {
  const { source, namespace, log, now, random } = options;
  const peers = new Map<string, Peer>();
  const beganMs = now();
  /** UIDs of ForeignClusters without a peering whose makers were told so. */
  const strays = new Set<string>();

  const peerOf = (clusterID: string): Peer => {
    const known = peers.get(clusterID);
    if (known !== undefined) return known;
    const events: Peer['events'] = [];
    const peer: Peer = {
      events,
      outgoing: new Outgoing(clusterID, {
        keepNamespaceMs: 30_000,
        ...options,
        again: () => queue.add(clusterID),
        event: (type, reason, message) => void events.push({ type, reason, message }),
        clearWish: () => clearWish(source, clusterID),
      }),
    };
    peers.set(clusterID, peer);
    return peer;
  };

  const reconcile = async (clusterID: string) => {
    const peer = peerOf(clusterID);
    const before = await found(source.get(foreignClusters, clusterID));
    const { facts: outgoing, requeueAfterMs } = await peer.outgoing.step(wishOf(before), signal);
    signal.throwIfAborted();
    const remembers = now() - beganMs < memoryMs;
    const memory = remembers ? rememberedFacts(before?.status) : {};
    const facts: PeeringFacts = {
      outgoing,
      incoming: peer.incoming ? peer.incoming.facts : memory.incoming,
      // Undefined may mean that the gateway has not reported yet.
      networking: peer.networking?.facts ?? memory.networking,
    };
    const relies =
      (peer.incoming === undefined && facts.incoming !== undefined) ||
      (peer.networking?.facts === undefined && facts.networking !== undefined);
    const object = await write(clusterID, facts, before);
    await flush(peer, object ?? before);
    const again = Math.min(
      requeueAfterMs ?? Number.POSITIVE_INFINITY,
      relies ? Math.max(memoryMs - (now() - beganMs), 100) : Number.POSITIVE_INFINITY,
    );
    return Number.isFinite(again) ? { requeueAfterMs: again } : undefined;
  };

  const write = async (
    clusterID: string,
    facts: PeeringFacts,
    before: ForeignCluster | undefined,
  ): Promise<ForeignCluster | undefined> => {
    if (facts.outgoing === undefined && facts.incoming === undefined) {
      const { uid, labels: marks } = before?.metadata ?? {};
      const ours = marks?.[labels.manager] === product;
      // Whoever asks to leave a cluster that there is no peering with wants its object gone.
      const unwanted = before !== undefined && wishOf(before) !== undefined;
      if ((ours || unwanted) && uid !== undefined) await source.delete(foreignClusters, clusterID, { uid });
      else if (before !== undefined) tellStray(before);
      return undefined;
    }
    const object = await written(source, clusterID, before);
    const status = foreignClusterStatus(
      facts,
      {
        tenantNamespace: tenantNamespaceOf(clusterID),
        generation: object.metadata.generation ?? 0,
        now: new Date(options.wallClock()),
      },
      object.status,
    );
    if (isDeepStrictEqual(inOrder(status), inOrder(object.status))) return object;
    const { apiVersion, kind, spec } = object;
    return source.applyStatus(foreignClusters, {
      apiVersion,
      kind,
      metadata: { name: clusterID },
      spec,
      status,
    });
  };

  /** A ForeignCluster alone makes no peering: who made it by hand is told, once. */
  const tellStray = ({ metadata }: ForeignCluster): void => {
    const { name, uid = '' } = metadata;
    if (strays.has(uid)) return;
    strays.add(uid);
    const message = `there is no peering with ${name}: a ForeignCluster made by hand does nothing. Peer by an invitation (kubectl offload peer ${name}), or delete it`;
    peerOf(name).events.push({ type: 'Warning', reason: 'NotPeered', message });
  };

  const flush = async ({ events }: Peer, about: ForeignCluster | undefined): Promise<void> => {
    for (const event of events.splice(0)) {
      const fields = { provider: about?.metadata.name, reason: event.reason };
      if (event.type === 'Warning') log.warn(fields, event.message);
      else log.info(fields, event.message);
      if (about === undefined) continue;
      await source.recordEvent({ ...event, about }).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ ...fields, error }, 'an event was not recorded');
      });
    }
  };

  const queue = keyedQueue(
    {
      reconcile,
      concurrency,
      random,
      onError: (clusterID, error, failures) =>
        log.warn({ error, foreignCluster: clusterID, failures }, 'a peering could not be brought up to date'),
    },
    signal,
  );
  const look = (clusterID: string): void => {
    if (isClusterID(clusterID)) queue.add(clusterID);
    else log.warn({ clusterID }, 'what is not the id of a cluster is left alone');
  };

  source.watch(
    {
      resource: secrets,
      namespace,
      // What is of use is read when it is needed; no copy of a secret is kept.
      trim: ({ data: _, ...rest }) => rest,
      onChange: ({ object }) => {
        const [, clusterID] = /^(?:invitation|peering)-(.+)$/.exec(object.metadata.name) ?? [];
        if (clusterID !== undefined) look(clusterID);
      },
    },
    signal,
  );
  source.watch({ resource: foreignClusters, onChange: ({ object }) => look(object.metadata.name) }, signal);

  source.watch(
    {
      resource: namespaces,
      labelSelector: `${labels.tenantNamespace}=true`,
      onChange: ({ type, object }) => {
        const clusterID = providerOfNamespace(object);
        if (clusterID === undefined) return;
        const going = object.metadata.deletionTimestamp !== undefined;
        peerOf(clusterID).outgoing.setNamespace(type === 'deleted' ? 'gone' : going ? 'going' : 'standing');
        look(clusterID);
      },
    },
    signal,
  );

  return {
    links: () => [...peers.values()].flatMap(({ outgoing }) => outgoing.link ?? []),
    setIncoming: (clusterID, facts) => {
      const peer = peerOf(clusterID);
      if (peer.incoming !== undefined && isDeepStrictEqual(peer.incoming.facts, facts)) return;
      peer.incoming = { facts };
      look(clusterID);
    },
    setNetworking: (clusterID, facts) => {
      const peer = peerOf(clusterID);
      if (peer.networking !== undefined && isDeepStrictEqual(peer.networking.facts, facts)) return;
      peer.networking = { facts };
      look(clusterID);
    },
    drained: queue.drained.then(async () => {
      await Promise.all([...peers.values()].map(({ outgoing }) => outgoing.close()));
    }),
  };
}

/** The API server keeps conditions in the order in which they first came. */
function inOrder(status: ForeignCluster['status']): unknown {
  const conditions = status?.conditions?.toSorted((one, other) => one.type.localeCompare(other.type));
  return { ...status, conditions };
}

function wishOf(object: ForeignCluster | undefined): Wish | undefined {
  const text = object?.metadata.annotations?.[annotations.leave];
  return text === 'true' ? 'leave' : text === 'forget' ? 'forget' : undefined;
}

async function clearWish(source: ApiServerSource, clusterID: string): Promise<void> {
  const metadata = { annotations: { [annotations.leave]: null } };
  await ignoring('notFound', source.patch(foreignClusters, clusterID, { metadata }));
}

/** The object without its status, as it should be. */
async function written(
  source: ApiServerSource,
  clusterID: string,
  before: ForeignCluster | undefined,
): Promise<ForeignCluster> {
  const wanted = { [labels.remoteClusterID]: clusterID, [labels.manager]: product };
  const marks = before?.metadata.labels ?? {};
  const whole = Object.entries(wanted).every(([name, value]) => marks[name] === value);
  if (before !== undefined && whole && before.spec.clusterID === clusterID) return before;
  return source.apply(foreignClusters, {
    apiVersion: 'core.liqo.io/v1beta1',
    kind: 'ForeignCluster',
    metadata: { name: clusterID, labels: wanted },
    spec: { clusterID },
  });
}
