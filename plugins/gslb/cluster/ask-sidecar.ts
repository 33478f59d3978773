import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './kubeconfig.ts';
import { adminPort, readySidecarPods } from './sidecar-pods.ts';

type Pods = Awaited<ReturnType<typeof readySidecarPods>>;

/**
 * After so long without an answer the next replica is asked too: a pod on a node that has just died is Ready for the
 * better part of a minute.
 */
const patienceMs = 500;
const mostAsked = 3;

/**
 * What a sidecar of the cluster says to GET `path`. Replicas know the same: others are asked when the first fails or
 * is late, and the first answer counts. Rejects with the first failure, or with CliError when no pod is Ready.
 */
export async function askSidecar<T>(
  cluster: Pick<Cluster, 'getFromPod' | 'list'>,
  path: string,
  parse: (text: string) => T,
  signal: AbortSignal,
  pods?: Pods,
): Promise<T> {
  const ready = pods ?? (await readySidecarPods(cluster, signal));
  const ending = new AbortController();
  const untilEnd = AbortSignal.any([signal, ending.signal]);
  const asked: Promise<T>[] = [];
  try {
    for (const pod of ready.slice(0, mostAsked)) {
      asked.push(cluster.getFromPod(pod, adminPort, path, untilEnd).then(parse));
      const one = Promise.any(asked).then(
        (answer) => ({ answer }),
        () => 'failed' as const,
      );
      const outcome = await Promise.race([one, pause(patienceMs, 'late' as const, { signal: untilEnd })]);
      if (typeof outcome === 'object') return outcome.answer;
    }
    return await Promise.any(asked);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    ending.abort();
  }
}
