import type { Cluster } from './kubeconfig.ts';
import { adminPort, readySidecarPods } from './sidecar-pods.ts';

type Pods = Awaited<ReturnType<typeof readySidecarPods>>;

/**
 * What a sidecar of the cluster says to GET `path`. Replicas know the same: a second one is asked when the first does
 * not answer. Rejects with the first failure, or with CliError when no pod is Ready.
 */
export async function askSidecar<T>(
  cluster: Cluster,
  path: string,
  parse: (text: string) => T,
  signal: AbortSignal,
  pods?: Pods,
): Promise<T> {
  let failure: unknown;
  for (const pod of (pods ?? (await readySidecarPods(cluster, signal))).slice(0, 2)) {
    try {
      return parse(await cluster.getFromPod(pod, adminPort, path, signal));
    } catch (error) {
      signal.throwIfAborted();
      failure ??= error;
    }
  }
  throw failure;
}
