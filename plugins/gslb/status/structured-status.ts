import type { FailedCluster } from '#plugins/gslb/cluster/ask-each.ts';
import type { ClusterFacts } from './facts.ts';
import type { HostStatus, Problem } from './model.ts';
import { peersOf } from './peers.ts';

/**
 * What `-o json` and `-o yaml` print. Stable within its version: fields may be added, none change their meaning.
 * docs/reference/kubectl-gslb-status.md describes it.
 */
export function structuredStatus(
  asked: readonly ClusterFacts[],
  failed: readonly FailedCluster[],
  statuses: readonly HostStatus[],
  problems: readonly Problem[],
): unknown {
  return {
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbStatusList',
    healthy: failed.length === 0 && problems.length === 0,
    clusters: [
      ...asked.map(({ context, sidecar }) => ({
        context,
        reached: true,
        // Where targets and answers come from: the running sidecar, or the status of the Gslbs.
        source: sidecar.kind === 'reached' ? 'sidecar' : 'status',
        ...(sidecar.kind === 'reached' && {
          geoTag: sidecar.hosts.geoTag,
          peers: peersOf(sidecar.hosts),
        }),
        ...(sidecar.kind === 'unreached' && { message: sidecar.why }),
      })),
      ...failed.map(({ context, server, error }) => ({
        context,
        reached: false,
        server,
        message: error.message,
      })),
    ],
    items: statuses.map(item),
    problems,
  };
}

function item(status: HostStatus): unknown {
  const { context, geoTag, namespace, gslb, host, strategy, health, targets, answer, ttlSeconds } = status;
  return {
    context,
    ...(geoTag !== undefined && { geoTag }),
    namespace,
    gslb,
    ...(host !== undefined && { host }),
    strategy,
    health: health.state,
    ...(health.state === 'Refused' && { reason: health.reason, message: health.message }),
    targets,
    answer,
    ...(status.active && { active: status.active }),
    ...(status.withheld && { withheld: status.withheld }),
    ...(status.heldUntil && { heldUntil: status.heldUntil }),
    ...(status.remarks && { remarks: status.remarks }),
    ttlSeconds,
    ...(Number.isFinite(status.createdAtMs) && {
      creationTimestamp: new Date(status.createdAtMs).toISOString(),
    }),
  };
}
