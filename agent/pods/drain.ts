import { pods } from '#core/api/kubernetes.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { isDaemonSetPod, type LocalPod } from './pod.ts';

export interface DrainOptions {
  readonly source: Pick<ApiServerSource, 'request' | 'delete'>;
  /** Pods of the node as they are now. */
  readonly list: () => Iterable<LocalPod>;
  /** Removes a pod of an unreachable provider at once, with a tombstone. */
  readonly bury: (pod: LocalPod) => Promise<void>;
  readonly reachable: () => boolean;
  readonly log: Logger;
  /** Ends everything, at once. */
  readonly ended: AbortSignal;
}

/** Between looks at what is left. */
const roundMs = 500;
/** So long after the last deletion pods may take to end. */
const lastWaitMs = 10_000;

/**
 * Evicts the pods of the node, over and over while a PodDisruptionBudget stands against it, until none is left or
 * `patience` aborts; what is left then is deleted, and waited for 10 s more. DaemonSets' pods stay: they go with the
 * node. Resolves to the pods that are still there, as `namespace/name`; never rejects.
 */
export async function drainPods(
  options: DrainOptions,
  patience: AbortSignal,
): Promise<{ readonly left: readonly string[] }> {
  const { list, log, ended } = options;
  const left = (): readonly LocalPod[] => [...list()].filter((pod) => !isDaemonSetPod(pod));
  const patient = AbortSignal.any([patience, ended]);
  const round = async (work: (pod: LocalPod) => Promise<void>): Promise<void> => {
    await Promise.all(
      left().map(async (pod) => {
        try {
          await work(pod);
        } catch (error) {
          const { namespace, name } = pod.metadata;
          log.debug({ error, pod: `${namespace}/${name}` }, 'the pod cannot be drained yet');
        }
      }),
    );
  };

  while (left().length > 0 && !patient.aborted) {
    await round((pod) => evict(options, pod));
    await pause(roundMs, patient, () => () => undefined);
  }
  const lastLook = AbortSignal.any([AbortSignal.timeout(lastWaitMs), ended]);
  let first = true;
  while (left().length > 0 && !lastLook.aborted) {
    await round((pod) => remove(options, pod, first));
    first = false;
    await pause(roundMs, lastLook, () => () => undefined);
  }
  return { left: left().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) };
}

async function evict({ source }: DrainOptions, { metadata }: LocalPod): Promise<void> {
  if (metadata.deletionTimestamp !== undefined) return;
  const { namespace, name, uid } = metadata;
  const eviction = source.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
      deleteOptions: { preconditions: { uid } },
    },
    intent: { verb: 'create', resource: pods, subresource: 'eviction', namespace, name },
  });
  await ignoring('notFound', eviction);
}

async function remove(options: DrainOptions, pod: LocalPod, first: boolean): Promise<void> {
  if (!options.reachable()) return options.bury(pod);
  const { namespace, name, uid = '' } = pod.metadata;
  if (first && pod.metadata.deletionTimestamp === undefined) {
    await options.source.delete(pods, `${namespace}/${name}`, { uid });
  }
}
