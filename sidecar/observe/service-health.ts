import type { EndpointSlice } from '#core/api/kubernetes.ts';
import { endpointOriginLabel } from '#core/api/offload/endpoint-origin.ts';
import type { ServiceHealth } from '#sidecar/model/cluster-view.ts';

/**
 * Where a slice has an endpoint with an address that is ready: in this cluster, in a peered one behind the gateway, or
 * nowhere. `ready` absent counts as ready (discovery/v1).
 */
export function readyEndpoint(slice: EndpointSlice): 'local' | 'remote' | undefined {
  const ready = (slice.endpoints ?? []).some(
    ({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false,
  );
  if (!ready) return undefined;
  return slice.metadata.labels?.[endpointOriginLabel] === undefined ? 'local' : 'remote';
}

/** Whether a healthy host is so only by the grace of other clusters: none of its Services is local, or with `All` not each. */
export function isRemoteOnly(local: readonly boolean[], policy: 'Any' | 'All'): boolean {
  return policy === 'All' ? local.includes(false) : !local.includes(true);
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
