import type { EndpointSlice } from '#core/api/kubernetes.ts';
import type { ServiceHealth } from '#sidecar/model/cluster-view.ts';

/** Whether a slice has an endpoint with an address that is ready; `ready` absent counts as ready (discovery/v1). */
export function hasReadyEndpoint(slice: EndpointSlice): boolean {
  return (slice.endpoints ?? []).some(
    ({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false,
  );
}

/**
 * Health of a host over its Services, as k8gb: `Any` needs one healthy Service; with `All` one that is missing makes
 * it NotFound, and one without ready endpoints Unhealthy. No Service at all is NotFound.
 */
export function hostHealth(services: readonly ServiceHealth[], policy: 'Any' | 'All'): ServiceHealth {
  if (services.length === 0) return 'NotFound';
  if (policy === 'All') {
    if (services.includes('NotFound')) return 'NotFound';
    return services.includes('Unhealthy') ? 'Unhealthy' : 'Healthy';
  }
  if (services.includes('Healthy')) return 'Healthy';
  return services.includes('Unhealthy') ? 'Unhealthy' : 'NotFound';
}
