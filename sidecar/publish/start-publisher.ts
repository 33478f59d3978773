import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { EventToRecord, Source } from '#core/source/source.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { eventBudget } from './event-budget.ts';
import { clusterReconciler, type MemberKnowledge } from './reconcile-cluster.ts';
import { gslbReconciler, type Knowledge } from './reconcile-gslb.ts';
import { type PolicyKnowledge, policyReconciler } from './reconcile-policy.ts';
import { type ZoneKnowledge, zoneReconciler } from './reconcile-zone.ts';
import { statusWriter } from './status-writer.ts';
import { type PublishLog, writeLog } from './write-log.ts';
import type { ZoneEdge } from './zone-status.ts';

export interface PublisherOptions {
  readonly source: Source;
  readonly knowledge: Knowledge & ZoneKnowledge;
  /** What is known of a zone's edge, for the status of ZoneDelegations. Absent: the edge is not looked at. */
  readonly edge?: (zone: Zone) => ZoneEdge;
  /** The members of the fleet, for GslbClusters. Absent: none is made, and none gets a status. */
  readonly members?: MemberKnowledge;
  /** GslbPolicies. Absent: they get no status. */
  readonly policies?: PolicyKnowledge;
  readonly ingressGslbGroup: GslbReference['group'];
  /** Whether this replica writes (it holds the Lease). */
  readonly isWriter: () => boolean;
  readonly log: PublishLog;
  readonly now: () => Date;
  readonly random: () => number;
}

export interface Publisher {
  /** Something about these Gslbs (`group/namespace/name`) may differ from what is written. */
  touch(gslbs: Iterable<string>): void;
  /** Something about the zones or their delegations may. */
  touchZones(): void;
  /** Something about these members of the fleet (by geotag) or their objects may. */
  touchMembers(geoTags: Iterable<string>): void;
  /** Something about these GslbPolicies (`namespace/name`) may. */
  touchPolicies(keys: Iterable<string>): void;
}

/** Objects that are written at once: enough to hide the API server's latency, few enough to leave it room. */
const concurrency = 12;
/** Before the name of a ZoneDelegation in the queue; no API group is called so. */
const zonePrefix = 'zone/';
/** The same of a GslbCluster, and of a GslbPolicy. */
const memberPrefix = 'member/';
const policyPrefix = 'policy/';

/**
 * Writes to the API server what was decided, and tries again what did not go through. Only the writer writes: one
 * that has become it is to touch everything.
 */
export function startPublisher(options: PublisherOptions, signal: AbortSignal): Publisher {
  const { source, knowledge, edge, members, policies, isWriter, now } = options;
  const log = writeLog(options.log);
  const noticed = log.noticing(source);
  const statuses = statusWriter(noticed);
  const tell = eventBudget(
    {
      record: (event: EventToRecord) => source.recordEvent(event).then(log.recorded, log.unrecorded),
      // There is a zone wherever there is anything to tell.
      summaryAbout: () => [...knowledge.zoneDelegations()][0],
      now: () => performance.now(),
    },
    signal,
  );
  const reconcileGslb = gslbReconciler({ ...options, source: noticed, statuses, tell });
  const reconcileZone = zoneReconciler({ statuses, tell, knowledge, edge, now });
  const reconcileMember =
    members && clusterReconciler({ source: noticed, statuses, tell, knowledge: members, now });
  const reconcilePolicy = policies && policyReconciler({ statuses, tell, knowledge: policies, now });
  const reconcilers = [
    [zonePrefix, reconcileZone],
    [memberPrefix, reconcileMember],
    [policyPrefix, reconcilePolicy],
    ['', reconcileGslb],
  ] as const;

  const queue = keyedQueue(
    {
      concurrency,
      random: options.random,
      reconcile: async (key) => {
        if (!isWriter()) return undefined;
        const [prefix, reconcile] = reconcilers.find(([start]) => key.startsWith(start)) ?? ['', undefined];
        const again = await reconcile?.(key.slice(prefix.length));
        log.succeeded(key);
        return again ?? undefined;
      },
      onError: log.failed,
    },
    signal,
  );
  return {
    touch: (gslbs) => {
      for (const key of gslbs) queue.add(key);
    },
    touchZones: () => {
      for (const { metadata } of knowledge.zoneDelegations()) queue.add(`${zonePrefix}${metadata.name}`);
    },
    touchMembers: (geoTags) => {
      for (const geoTag of geoTags) queue.add(`${memberPrefix}${geoTag}`);
    },
    touchPolicies: (keys) => {
      for (const key of keys) queue.add(`${policyPrefix}${key}`);
    },
  };
}
