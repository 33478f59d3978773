import type { ReflectedKind } from './reflected.ts';

/** Words of a provider's guard (manifests/offload/guards/ingresses.yaml) about hosts that it did not grant. */
const aboutHosts = /offload guard: (host .* is not one|a host of this Ingress is not one|a default backend)/;

/**
 * Reason of the event on an object that a provider refused: `HostNotAllowed` where an Ingress has a host that the
 * invitation did not grant, else `FailedReflection`, as Liqo's.
 */
export function failureReason(kind: ReflectedKind, message: string): 'HostNotAllowed' | 'FailedReflection' {
  return kind === 'Ingress' && aboutHosts.test(message) ? 'HostNotAllowed' : 'FailedReflection';
}
