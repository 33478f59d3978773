import { labels } from '#agent/model/names.ts';
import type { Grant } from '#agent/model/provider-link.ts';
import type { ResourceSlice } from '#core/api/offload/resource-slice.ts';
import type { VirtualNode } from '#core/api/offload/virtual-node.ts';
import { clusterLabels } from './node-labels.ts';
import { ourTaints } from './taints.ts';

export interface ProviderIdentity {
  /** Id of the provider. */
  readonly clusterID: string;
  readonly nodeName: string;
  readonly tenantNamespace: string;
}

interface OffloadCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly lastTransitionTime?: string;
}

/** The provider as Liqo shows it: the labels are those that clusterSelectors are matched with. */
export function virtualNode(
  { clusterID, nodeName, tenantNamespace }: ProviderIdentity,
  grant: Grant,
): VirtualNode & { readonly spec: object } {
  return {
    apiVersion: 'offloading.liqo.io/v1beta1',
    kind: 'VirtualNode',
    metadata: {
      name: nodeName,
      namespace: tenantNamespace,
      labels: { [labels.remoteClusterID]: clusterID },
    },
    spec: {
      clusterID,
      createNode: true,
      labels: clusterLabels({ nodeName, clusterID, grant }),
      taints: ourTaints(false).map((taint) => ({ ...taint })),
      resourceQuota: { hard: grant.resources },
    },
  };
}

/** Status of a VirtualNode: Liqo's words. */
export function virtualNodeConditions(
  node: 'Running' | 'Creating' | 'Deleting',
  found: readonly OffloadCondition[],
  now: string,
): OffloadCondition[] {
  return [
    standing({ type: 'VirtualKubelet', status: 'Running' }, found, now),
    standing({ type: 'Node', status: node }, found, now),
  ];
}

/** What the provider grants to this cluster. */
export function resourceSlice(
  { clusterID, tenantNamespace }: ProviderIdentity,
  consumerClusterID: string,
  grant: Grant,
): ResourceSlice & { readonly spec: object } {
  return {
    apiVersion: 'authentication.liqo.io/v1beta1',
    kind: 'ResourceSlice',
    metadata: {
      name: clusterID,
      namespace: tenantNamespace,
      labels: { [labels.remoteClusterID]: clusterID, [labels.replication]: 'true' },
    },
    spec: {
      consumerClusterID,
      providerClusterID: clusterID,
      class: 'default',
      resources: grant.resources,
    },
  };
}

/** Status of a ResourceSlice: a grant is what was accepted. */
export function resourceSliceStatus(grant: Grant, found: readonly OffloadCondition[], now: string) {
  return {
    resources: grant.resources,
    conditions: [
      standing({ type: 'Authentication', status: 'Accepted', reason: 'ClaimAccepted' }, found, now),
      standing({ type: 'Resources', status: 'Accepted', reason: 'ProviderGranted' }, found, now),
    ],
    // A map that server-side apply empties becomes null, which the schema refuses.
    ...(Object.keys(grant.nodeLabels ?? {}).length === 0 ? {} : { nodeLabels: grant.nodeLabels }),
  };
}

function standing(
  condition: OffloadCondition,
  found: readonly OffloadCondition[],
  now: string,
): OffloadCondition {
  const before = found.find(({ type, status }) => type === condition.type && status === condition.status);
  return { ...condition, lastTransitionTime: before?.lastTransitionTime ?? now };
}
