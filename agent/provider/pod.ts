import { labels as names } from '#agent/model/names.ts';
import { type KubeObject, pods, type Resource } from '#core/api/kubernetes.ts';

/** Quantities as they stand in JSON, by resource name. */
export type ResourceList = Readonly<Record<string, string | number>>;

export interface PodContainer {
  readonly name?: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
}

/** A Pod of a twin namespace, cut down to what admission and its mirror read. */
export interface ProvidedPod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    /** How long it was given when it was deleted. */
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec?: {
    readonly containers?: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
    readonly overhead?: ResourceList;
  };
  readonly status?: { readonly phase?: string };
}

const orphaned = 'orphaned';

export const providedPods: Resource<ProvidedPod> = {
  group: pods.group,
  version: pods.version,
  kind: pods.kind,
  plural: pods.plural,
  namespaced: true,
};

/** What a watch keeps of a Pod. */
export function trimPod({ apiVersion, kind, metadata, spec, status }: ProvidedPod): ProvidedPod {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const trimmed = (containers: readonly PodContainer[] = []) =>
    containers.map(({ resources, restartPolicy }) => ({
      ...(resources && { resources }),
      ...(restartPolicy && { restartPolicy }),
    }));
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace && { namespace }),
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
      ...(labels && { labels }),
      ...(ownerReferences && { ownerReferences }),
      ...(deletionTimestamp && { deletionTimestamp }),
      ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    },
    spec: {
      containers: trimmed(spec?.containers),
      initContainers: trimmed(spec?.initContainers),
      ...(spec?.overhead && { overhead: spec.overhead }),
    },
    ...(status?.phase && { status: { phase: status.phase } }),
  };
}

/**
 * UID of the ShadowPod that a Pod was made from; undefined where it is not one of ours. Ours, too, is one that lost its
 * owner (a ShadowPod deleted with its dependents orphaned): it counts against the quota, and its UID is that of none.
 */
export function shadowUID({ metadata }: ProvidedPod): string | undefined {
  const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === 'ShadowPod' && controller);
  return owner?.uid ?? (metadata.labels?.[names.managedBy] === 'shadowpod' ? orphaned : undefined);
}

/** Its containers have ended for good: it holds nothing any longer. */
export function hasEnded(pod: ProvidedPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
