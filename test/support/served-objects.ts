/** The zone that tests of a single sidecar serve. */
export const cloudZone = {
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'ZoneDelegation',
  metadata: { name: 'cloud' },
  spec: { loadBalancedZone: 'cloud.example.com', parentZone: 'example.com', dnsZoneNegTTL: 5 },
};

/** A Service in namespace `web` and its one endpoint: an application that needs no pods. */
export function application(name: string, { ready = true } = {}) {
  const metadata = { name, namespace: 'web' };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
    },
  ] as const;
}
