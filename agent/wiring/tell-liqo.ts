import { labels, names, product } from '#agent/model/names.ts';
import { configMaps } from '#core/api/kubernetes.ts';
import { type ForeignCluster, foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

type Condition = NonNullable<NonNullable<ForeignCluster['status']>['conditions']>[number];

/** Types of conditions that this writes; the next status of a peering has no `LiqoPresent` any more. */
const reason = 'LiqoPresent';

/**
 * Says on every ForeignCluster of ours, as condition `LiqoPresent`, and as an event on ConfigMap offload-cluster, that
 * the agent does nothing and why. Said again it changes nothing.
 */
export async function tellLiqo(
  source: Pick<ApiServerSource, 'readList' | 'applyStatus' | 'get' | 'recordEvent'>,
  /** Of the agent. */
  namespace: string,
  message: string,
  now: Date,
): Promise<void> {
  const selector = { labelSelector: `${labels.manager}=${product}` };
  for (const object of await source.readList(foreignClusters, selector)) {
    const { apiVersion, kind, metadata, spec, status } = object;
    const conditions = withLiqo(status?.conditions ?? [], message, now);
    if (conditions === undefined) continue;
    await source.applyStatus(foreignClusters, {
      apiVersion,
      kind,
      metadata: { name: metadata.name },
      spec,
      status: { ...status, conditions },
    });
  }
  const about = await source.get(configMaps, `${namespace}/${names.clusterConfig}`);
  await source.recordEvent({ type: 'Warning', reason, message, about });
}

/** Undefined where they say so already. */
export function withLiqo(
  before: readonly Condition[],
  message: string,
  now: Date,
): readonly Condition[] | undefined {
  if (before.some(({ type, message: said }) => type === reason && said === message)) return undefined;
  const lastTransitionTime = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const told = { reason, message, lastTransitionTime };
  return [
    ...before.filter(({ type }) => type !== reason && type !== 'Ready'),
    { type: reason, status: 'True', ...told },
    { type: 'Ready', status: 'False', ...told },
  ];
}
