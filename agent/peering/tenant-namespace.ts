import { labels, names, product, roles } from '#agent/model/names.ts';
import { type Namespace, namespaces, roleBindings } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import { PeeringError } from './errors.ts';

type NamespaceWrites = Pick<ApiServerSource, 'get' | 'apply' | 'delete'>;

/** Name of the namespace in this cluster that holds what belongs to a peering with a provider. */
export function tenantNamespaceOf(clusterID: string): string {
  return `liqo-tenant-${clusterID}`;
}

/**
 * Makes it, and gives the agent its rights there.
 * @throws PeeringError `TenantNamespaceTaken` while one that is not ours, or is being deleted, has the name
 */
export async function ensureTenantNamespace(
  source: NamespaceWrites,
  clusterID: string,
  agentNamespace: string,
): Promise<void> {
  const name = tenantNamespaceOf(clusterID);
  const there = await found(source.get(namespaces, name));
  if (there?.metadata.deletionTimestamp !== undefined)
    throw new PeeringError(
      'TenantNamespaceTaken',
      `namespace ${name} of an earlier peering is being deleted`,
      {
        hint: 'It is waited for.',
      },
    );
  if (there !== undefined && !isOurs(there, clusterID))
    throw new PeeringError('TenantNamespaceTaken', `namespace ${name} exists and is not of this peering`);
  await source.apply(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        [labels.tenantNamespace]: 'true',
        [labels.remoteClusterID]: clusterID,
        [labels.manager]: product,
      },
    },
  });
  await source.apply(roleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { namespace: name, name: names.agent },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roles.tenantNamespace },
    subjects: [{ kind: 'ServiceAccount', name: names.agent, namespace: agentNamespace }],
  });
}

/** Deletes it with all in it; absent, being deleted, or not ours: nothing. */
export async function deleteTenantNamespace(source: NamespaceWrites, clusterID: string): Promise<void> {
  const name = tenantNamespaceOf(clusterID);
  const there = await found(source.get(namespaces, name));
  if (there === undefined || there.metadata.deletionTimestamp !== undefined || !isOurs(there, clusterID))
    return;
  const { uid } = there.metadata;
  await source.delete(namespaces, name, uid === undefined ? {} : { uid });
}

/** The provider whose tenant namespace, made by us, this is. */
export function providerOfNamespace({ metadata }: Namespace): string | undefined {
  const clusterID = metadata.labels?.[labels.remoteClusterID];
  if (clusterID === undefined || metadata.name !== tenantNamespaceOf(clusterID)) return undefined;
  // What is ours to delete without a peering that says so: Liqo's engine names and labels its namespaces alike.
  return metadata.labels?.[labels.manager] === product ? clusterID : undefined;
}

function isOurs({ metadata }: Namespace, clusterID: string): boolean {
  return (
    metadata.labels?.[labels.tenantNamespace] === 'true' &&
    metadata.labels[labels.remoteClusterID] === clusterID
  );
}
