import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import type { Look } from '#plugins/cli/until.ts';

export type Outcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'noCluster' }
  /** By cluster, why. */
  | { readonly kind: 'failed'; readonly why: readonly string[] };

/** Refusals that pass by themselves: they are waited for. */
const passing: ReadonlySet<string> = new Set([
  'Creating',
  'NotMadeYet',
  'NamespaceTerminating',
  'ProviderUnreachable',
  'Terminating',
]);

/** What a NamespaceOffloading of at least this generation says. */
export function outcome(object: NamespaceOffloading | undefined, generation: number): Look<Outcome> {
  const { offloadingPhase: phase, observedGeneration = 0 } = object?.status ?? {};
  if (phase === undefined || observedGeneration < generation)
    return { waiting: 'the agent has not reported on it; does offload-agent run?' };
  if (phase === 'Ready') return { done: { kind: 'ready' } };
  if (phase === 'NoClusterSelected') return { done: { kind: 'noCluster' } };
  const refusals = failures(object);
  const why = refusals.map(({ cluster, reason, message }) => `${cluster}: ${reason}: ${message}`);
  const lasting = refusals.some(({ reason }) => !passing.has(reason));
  if (lasting && (phase === 'AllFailed' || phase === 'SomeFailed')) return { done: { kind: 'failed', why } };
  return { waiting: why.length > 0 ? why.join('; ') : `its phase is ${phase}` };
}

/** Clusters that take part and are not ready, with what they say. */
export function failures(object: NamespaceOffloading | undefined) {
  return Object.entries(object?.status?.remoteNamespacesConditions ?? {}).flatMap(([cluster, conditions]) => {
    const bad = conditions.find(
      ({ type, status, reason }) =>
        status !== 'True' && (type === 'Ready' || !['ClusterNotSelected', undefined].includes(reason)),
    );
    if (bad === undefined) return [];
    return [{ cluster, reason: bad.reason ?? 'NotReady', message: bad.message ?? 'no reason is given' }];
  });
}
