import { type GslbCluster, gslbClusters } from '#core/api/gslb-cluster/schema.ts';
import { type Look, until } from '#plugins/cli/until.ts';
import type { Cluster } from '#plugins/gslb/cluster/kubeconfig.ts';

/** An override to write; null: it is taken away. */
export type OverrideToWrite = {
  readonly state: 'Drained';
  /** RFC 3339; null: none. */
  readonly until: string | null;
  readonly reason: string | null;
  readonly breakGlass: boolean;
} | null;

/** Writes the override of one cluster, and waits until the sidecar there reports that it goes by it. */
export async function writeOverride(
  cluster: Cluster,
  options: {
    readonly context: string;
    readonly name: string;
    readonly override: OverrideToWrite;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { context, name, override, timeoutMs, signal } = options;
  await cluster.patch(gslbClusters, name, { spec: { override } }, signal);
  await until(async () => inForce(await cluster.get(gslbClusters, name, signal), override), {
    what: `the sidecar of context ${context} to report ${override === null ? 'the end of the drain' : 'the drain'}`,
    timeoutMs,
    hint: `kubectl --context ${context} describe gslbcluster ${name}; kubectl --context ${context} logs -n gslb-system -l app.kubernetes.io/name=gslb-sidecar`,
    signal,
  });
}

/** Whether the status says what was written. */
export function inForce({ metadata, status }: GslbCluster, wanted: OverrideToWrite): Look<true> {
  if ((status?.observedGeneration ?? -1) < (metadata.generation ?? 0))
    return { waiting: 'its sidecar has not seen the object yet' };
  const reported = status?.override;
  if (wanted === null)
    return reported === undefined ? { done: true } : { waiting: 'it is still reported as drained' };
  if (reported === undefined) return { waiting: 'it is not reported as drained yet' };
  const same =
    moment(reported.until) === moment(wanted.until) && (reported.reason ?? '') === (wanted.reason ?? '');
  return same ? { done: true } : { waiting: 'another drain is reported' };
}

const moment = (time: string | null | undefined): number =>
  time == null ? Number.POSITIVE_INFINITY : Date.parse(time);
