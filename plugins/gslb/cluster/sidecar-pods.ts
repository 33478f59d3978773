import { type Pod, pods } from '#core/api/kubernetes.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { Cluster } from './kubeconfig.ts';

/** Port of the sidecar's admin endpoint on its pod's loopback. */
export const adminPort = 8053;

const namespace = 'gslb-system';
const labelSelector = 'app.kubernetes.io/name=gslb-sidecar';

/** All pods of the sidecar, sorted by name. */
export async function sidecarPods(
  cluster: Pick<Cluster, 'list'>,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const found = await cluster.list(pods, { namespace, labelSelector }, signal);
  return found.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Those that are Ready; never empty. @throws CliError `cluster` when none is. */
export async function readySidecarPods(
  cluster: Pick<Cluster, 'list'>,
  signal: AbortSignal,
): Promise<readonly { readonly namespace: string; readonly name: string }[]> {
  const all = await sidecarPods(cluster, signal);
  const ready = all.filter(isReady);
  if (ready.length > 0) return ready.map(({ metadata }) => ({ namespace, name: metadata.name }));
  throw new CliError(
    'cluster',
    all.length === 0
      ? `no pod of gslb-sidecar in namespace ${namespace}`
      : `none of the ${all.length} gslb-sidecar pods in namespace ${namespace} is Ready`,
    { hint: `kubectl get pods -n ${namespace} -l ${labelSelector}` },
  );
}

export function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True')
  );
}
