/** Label of EndpointSlices that lead through the gateway: id of the cluster in which their pods run. */
export const endpointOriginLabel = 'offloading.interspan.dev/endpoint-origin';
