import { type ForeignCluster, foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import { foundAll } from '#core/source/found.ts';
import type { ClusterApi } from './open-cluster.ts';

/** What this cluster has with another, from either kind of object: the agent may be down and one of them missing. */
export interface Peering {
  readonly clusterID: string;
  readonly foreignCluster: ForeignCluster | undefined;
  /** Those of the other cluster as our consumer. */
  readonly tenants: readonly Tenant[];
}

/** Every peering, by id; none where nothing is installed. */
export async function peerings(api: ClusterApi): Promise<readonly Peering[]> {
  const [clusters, consumers] = await Promise.all([
    foundAll(api.readList(foreignClusters)),
    foundAll(api.readList(tenants)),
  ]);
  return joined(clusters, consumers);
}

/** Tenants whose invitation nobody has redeemed are no peering. */
export function joined(
  clusters: readonly ForeignCluster[],
  consumers: readonly Tenant[],
): readonly Peering[] {
  const ids = new Set([
    ...clusters.map(({ metadata }) => metadata.name),
    ...consumers.flatMap(({ spec }) => spec?.clusterID ?? []),
  ]);
  return [...ids].toSorted().map((clusterID) => ({
    clusterID,
    foreignCluster: clusters.find(({ metadata }) => metadata.name === clusterID),
    tenants: consumers.filter(({ spec }) => spec?.clusterID === clusterID),
  }));
}
