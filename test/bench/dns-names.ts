import type { Choice, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';

export const benchZone = 'cloud.example.com';

/** The zone as the DNS server is given it. */
export const benchApex: ZoneAnswers = {
  name: benchZone,
  nameServers: [`ns.${benchZone}`],
  nsTtlSeconds: 60,
  negativeTtlSeconds: 60,
  serial: 1,
};

/** A name as the DNS server is given it: IPv4 alone, for a minute. */
export function benchAnswers(name: string, a: Choice): NameAnswers {
  return {
    name,
    zone: benchZone,
    a,
    aaaa: { kind: 'fixed', addresses: [] },
    ttlSeconds: 60,
    negativeTtlSeconds: 60,
  };
}

/** `count` names with 4 addresses each: what every server of the bench is loaded with. */
export function benchNames(
  count: number,
): readonly { readonly name: string; readonly addresses: readonly string[] }[] {
  return Array.from({ length: count }, (_, k) => ({
    name: `host${k}.${benchZone}`,
    addresses: [1, 2, 3, 4].map((last) => `10.${(k >> 8) & 0xff}.${k & 0xff}.${last}`),
  }));
}

/** The same names as objects of Kubernetes, in YAML: Gslbs with exposed addresses, and one Service that is healthy. */
export function benchObjects(count: number): string {
  return benchDocuments(count)
    .map((document) => JSON.stringify(document))
    .join('\n---\n');
}

/** These objects one by one; all but the zone are in namespace `bench`. */
export function benchDocuments(count: number): readonly object[] {
  return [zone, service, endpoints, ...benchNames(count).map(gslb)];
}

const zone = {
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'ZoneDelegation',
  metadata: { name: 'bench' },
  spec: { loadBalancedZone: benchZone, parentZone: 'example.com', dnsZoneNegTTL: 60 },
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: 'bench' },
  spec: { selector: { app: 'app' }, ports: [{ port: 80 }] },
};
const endpoints = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'app-1', namespace: 'bench', labels: { 'kubernetes.io/service-name': 'app' } },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.0.1.10'], conditions: { ready: true } }],
};

function gslb({ name, addresses }: { readonly name: string; readonly addresses: readonly string[] }): object {
  const backend = { service: { name: 'app', port: { number: 80 } } };
  return {
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: {
      name: name.slice(0, name.indexOf('.')),
      namespace: 'bench',
      annotations: { 'k8gb.io/exposed-ip-addresses': addresses.join(',') },
    },
    spec: {
      strategy: { type: 'roundRobin', dnsTtlSeconds: 60 },
      ingress: { rules: [{ host: name, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
    },
  };
}
