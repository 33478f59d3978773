import { secrets } from '#core/api/kubernetes.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/** Whether others know this cluster by its id: it has a provider, or a consumer. */
export async function hasPeerings(
  source: Pick<ApiServerSource, 'readList'>,
  /** Of the agent. */
  namespace: string,
): Promise<boolean> {
  const kept = await source.readList(secrets, { namespace });
  if (kept.some(({ metadata }) => metadata.name.startsWith('peering-'))) return true;
  return (await source.readList(tenants)).some(({ spec }) => spec?.clusterID !== undefined);
}
