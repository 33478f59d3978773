import type { Node } from '#core/api/kubernetes.ts';
import { virtualNodeName } from '#plugins/offload/cluster/names.ts';
import type { Peering } from '#plugins/offload/cluster/peerings.ts';
import type { OffloadFacts, PeeringStatus } from './facts.ts';

/** The peerings as the table shows them. */
export function peeringStatuses({
  peerings,
  virtualNodes,
  offloadings,
}: OffloadFacts): readonly PeeringStatus[] {
  return peerings.map(({ clusterID, foreignCluster, tenants }) => {
    const status = foreignCluster?.status;
    const created = foreignCluster?.metadata.creationTimestamp ?? tenants[0]?.metadata.creationTimestamp;
    const node = virtualNodes.find(({ metadata }) => metadata.name === virtualNodeName(clusterID));
    return {
      name: clusterID,
      role: status?.role ?? (tenants.length > 0 ? 'Consumer' : 'Unknown'),
      outgoing: status?.outgoingPeering ?? 'None',
      incoming: status?.incomingPeering ?? (tenants.length > 0 ? 'Pending' : 'None'),
      networking: status?.networking ?? 'None',
      authentication: status?.authentication ?? 'None',
      node: node === undefined ? '' : isReady(node) ? 'Ready' : 'NotReady',
      namespaces: offloadings
        .filter((each) =>
          each.status?.remoteNamespacesConditions?.[clusterID]?.some(
            ({ type, status: word }) => type === 'Ready' && word === 'True',
          ),
        )
        .map(({ metadata }) => metadata.namespace ?? ''),
      createdAtMs: created === undefined ? undefined : Date.parse(created),
    };
  });
}

export function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: word }) => type === 'Ready' && word === 'True') ?? false;
}

/** Whether this cluster uses the other one, or wants to. */
export function isOutgoing({ foreignCluster }: Peering): boolean {
  const word = foreignCluster?.status?.outgoingPeering;
  return word !== undefined && word !== 'None';
}
