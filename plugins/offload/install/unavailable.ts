import type { Deployment } from '#plugins/offload/cluster/kinds.ts';

/** Why a Deployment is not as it should be; undefined when it is. */
export function unavailable({ metadata, spec, status }: Deployment): string | undefined {
  const wanted = spec?.replicas ?? 1;
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  if (
    observedGeneration >= (metadata.generation ?? 0) &&
    Math.min(updatedReplicas, availableReplicas) >= wanted
  )
    return undefined;
  const why = status?.conditions?.find(({ type, status: word }) => type === 'Available' && word !== 'True');
  return `${availableReplicas}/${wanted} pods are available${why?.message ? `: ${why.message}` : ''}`;
}
