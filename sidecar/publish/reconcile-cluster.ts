import { type GslbCluster, gslbClusters } from '#core/api/gslb-cluster/schema.ts';
import { timeText } from '#core/api/time-text.ts';
import type { EventToRecord, Source } from '#core/source/source.ts';
import type { ClusterView } from '#sidecar/model/cluster-view.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import { type ClusterStatus, clusterStatus } from './cluster-status.ts';
import type { StatusWriter } from './status-writer.ts';
import type { Telling } from './tellings.ts';

/** What is known of the members of the fleet and of their objects. */
export interface MemberKnowledge {
  readonly view: () => Pick<ClusterView, 'geoTag' | 'hosts' | 'clusters'>;
  readonly peers: () => Iterable<PeerView>;
  /** The GslbCluster of a name as it was last seen. */
  readonly cluster: (name: string) => GslbCluster | undefined;
  /** Whether all GslbClusters were listed. Not so: their CRD may be missing, and none is made. */
  readonly clustersListed: () => boolean;
}

export interface ClusterReconcilerOptions {
  readonly source: Pick<Source, 'apply'>;
  readonly statuses: StatusWriter;
  readonly tell: (event: EventToRecord) => Promise<void>;
  readonly knowledge: MemberKnowledge;
  /** Wall clock, for conditions. */
  readonly now: () => Date;
}

/** What an object may be called: a geotag that is a DNS label. One of k8gb's may not be. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Makes the GslbCluster of a member of the fleet that has none, and brings its status to what is known, with events.
 * Of the rest of the object nothing is written, and none is deleted: it is a person's. Rejects with SourceError.
 */
export function clusterReconciler(options: ClusterReconcilerOptions): (name: string) => Promise<void> {
  const { source, statuses, tell, knowledge, now } = options;
  return async (name) => {
    if (!knowledge.clustersListed()) return;
    const { geoTag, hosts, clusters } = knowledge.view();
    const peer = [...knowledge.peers()].find((each) => each.geoTag === name);
    const state = name === geoTag ? 'own' : peer?.state;
    const object: Held | undefined = knowledge.cluster(name);
    if (object === undefined) {
      // Its status follows when the watch shows it.
      if (state !== undefined && label.test(name)) await source.apply(gslbClusters, bare(name));
      return;
    }
    const before: ClusterStatus | undefined = statuses.current<ClusterStatus>(object);
    const after = clusterStatus({
      name,
      generation: object.metadata.generation ?? 0,
      state,
      hosts: state === 'own' ? healthyHosts(hosts) : state === 'silent' ? 0 : (peer?.hosts.size ?? 0),
      override: clusters.get(name)?.override ?? peer?.override,
      previous: before,
      now: timeText(now().getTime()),
    });
    if (!(await statuses.write<ClusterStatus>(gslbClusters, object, after))) return;
    for (const telling of clusterTellings(before, after)) await tell({ ...telling, about: object });
  };
}

/** As it is written: with null for an override that ended. */
type Held = Omit<GslbCluster, 'status'> & { readonly status?: ClusterStatus };

const bare = (name: string): GslbCluster => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbCluster',
  metadata: { name },
  spec: {},
});

const healthyHosts = (hosts: ClusterView['hosts']): number =>
  hosts.values().reduce((sum, { health, addresses }) => {
    return health === 'Healthy' && addresses.length > 0 ? sum + 1 : sum;
  }, 0);

/** Events about a member: what it is to us now, and drains. */
export function clusterTellings(before: ClusterStatus | undefined, after: ClusterStatus): readonly Telling[] {
  return [...stateTellings(before, after), ...drainTellings(before, after)];
}

function* stateTellings(before: ClusterStatus | undefined, after: ClusterStatus): Iterable<Telling> {
  const ready = after.conditions?.find(({ type }) => type === 'Ready');
  const last = before?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || last?.reason === ready.reason) return;
  const { reason, message } = ready;
  if (ready.status === 'False') yield { type: 'Warning', reason, message };
  else if (last?.status === 'False') yield { type: 'Normal', reason, message };
}

function* drainTellings(before: ClusterStatus | undefined, after: ClusterStatus): Iterable<Telling> {
  const was = before?.override ?? undefined;
  const is = after.override ?? undefined;
  const message = after.conditions?.find(({ type }) => type === 'Drained')?.message ?? '';
  if (is !== undefined && (was?.until !== is.until || was?.reason !== is.reason || was === undefined))
    yield { type: 'Normal', reason: 'Drained', message };
  if (is === undefined && was !== undefined)
    yield { type: 'Normal', reason: 'DrainEnded', message: 'it takes clients again' };
}
