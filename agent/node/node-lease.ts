import { type LeaseObject, leases } from '#core/kube/lease-object.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { NodeObject } from './node-object.ts';

/** As kubelets have it. Kubernetes takes a node for dead when its Lease is not renewed, whatever its status says. */
export const nodeLeaseTimes = { durationSeconds: 40, renewMs: 10_000 } as const;
const namespace = 'kube-node-lease';

/** Renews the Lease of a node: that the agent lives, which says nothing of the provider. It goes with the node. */
export async function renewNodeLease(
  source: Pick<ApiServerSource, 'apply'>,
  node: NodeObject,
  wallMs: number,
): Promise<void> {
  const { name, uid = '' } = node.metadata;
  const lease: LeaseObject = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: nodeLeaseTimes.durationSeconds,
      // MicroTime.
      renewTime: new Date(wallMs).toISOString().replace('Z', '000Z'),
    },
  };
  await source.apply(leases, lease);
}

export function deleteNodeLease(source: Pick<ApiServerSource, 'delete'>, nodeName: string): Promise<void> {
  return source.delete(leases, `${namespace}/${nodeName}`);
}
