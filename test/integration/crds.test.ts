import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const manifests = join(import.meta.dirname, '../../manifests/gslb');
let server: TestApiServer;

beforeAll(async () => {
  server = await startApiServer();
  for (const folder of ['crds', 'legacy-crds']) {
    await server.kubectl('apply', '--server-side', '-k', join(manifests, folder));
  }
  await server.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');
});
afterAll(() => server?.[Symbol.asyncDispose]());

const backend = { service: { name: 'podinfo', port: { name: 'http' } } };
const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
const rules = (...hosts: readonly string[]) => hosts.map((host) => ({ host, http }));

const gslb = (group: string, spec: unknown): string =>
  stringify({ apiVersion: `${group}/v1beta1`, kind: 'Gslb', metadata: { name: 'test' }, spec });
const dryRun = (manifest: string): Promise<string> =>
  server.kubectlWith(manifest, 'apply', '--dry-run=server', '-o', 'json', '-f', '-');

// Shaped as the samples that k8gb tests with.
const accepted: readonly [string, unknown][] = [
  [
    'round robin over three hosts with weights',
    {
      ingress: {
        ingressClassName: 'nginx',
        rules: rules('notfound.cloud.example.com', 'unhealthy.cloud.example.com', 'rr.cloud.example.com'),
      },
      strategy: { type: 'roundRobin', dnsTtlSeconds: 5, weight: { eu: 5, us: 0 } },
    },
  ],
  [
    'failover with a reference by labels',
    {
      resourceRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', matchLabels: { app: 'test' } },
      strategy: { type: 'failover', dnsTtlSeconds: 5, primaryGeoTag: 'eu', splitBrainThresholdSeconds: 300 },
    },
  ],
  [
    'a reference by name and by expressions',
    {
      resourceRef: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        name: 'route',
        namespace: 'other',
        matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }],
      },
      strategy: { type: 'geoip' },
    },
  ],
  [
    'a default backend and TLS',
    {
      ingress: {
        backend,
        tls: [{ hosts: ['a.cloud.example.com'], secretName: 'tls' }],
        rules: rules('a.cloud.example.com'),
      },
      strategy: { type: 'roundRobin' },
    },
  ],
  ['a primary that no cluster can be called', { strategy: { type: 'failover', primaryGeoTag: 'e.u' } }],
  ['failover without a primary', { strategy: { type: 'failover' } }],
  ['a strategy that nobody knows', { strategy: { type: 'nearest' } }],
];
for (const group of ['k8gb.io', 'k8gb.absa.oss']) {
  test.each(accepted)(`a ${group} Gslb with %s is admitted whole`, async (_, spec) => {
    const stored = JSON.parse(await dryRun(gslb(group, spec)));
    const defaults = group === 'k8gb.io' ? { serviceHealthPolicy: 'Any' } : {};
    expect(stored.spec).toEqual({ ...(spec as object), ...defaults });
  });
}

test.each<[string, unknown, string]>([
  [
    'a rule without http',
    { ingress: { rules: [{ host: 'a' }] }, strategy: { type: 'failover' } },
    'spec.ingress.rules[0].http: Required value',
  ],
  [
    'https for http',
    { ingress: { rules: [{ host: 'a', https: http }] }, strategy: { type: 'failover' } },
    'unknown field "spec.ingress.rules[0].https"',
  ],
  ['no strategy', {}, 'spec.strategy: Required value'],
  ['no spec', undefined, 'spec: Required value'],
  [
    'a weight above 1000',
    { strategy: { type: 'roundRobin', weight: { eu: 1001 } } },
    'should be less than or equal to 1000',
  ],
  [
    'a weight for no geotag',
    { strategy: { type: 'roundRobin', weight: { 'e u': 1 } } },
    'a key of weight is a geotag',
  ],
  [
    'a negative TTL',
    { strategy: { type: 'failover', dnsTtlSeconds: -1 } },
    'should be greater than or equal to 0',
  ],
  [
    'a policy that nobody knows',
    { strategy: { type: 'failover' }, serviceHealthPolicy: 'Most' },
    'Unsupported value: "Most"',
  ],
])('a Gslb with %s is refused', async (_, spec, reason) => {
  await expect(dryRun(gslb('k8gb.io', spec))).rejects.toThrow(reason);
});

const zone = (loadBalancedZone: string, parentZone: string): string =>
  stringify({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'ZoneDelegation',
    metadata: { name: 'cloud-example-com' },
    spec: { loadBalancedZone, parentZone, dnsZoneNegTTL: 30 },
  });

test('a ZoneDelegation below its parent is admitted, and is no finalizer by default', async () => {
  expect(JSON.parse(await dryRun(zone('cloud.example.com', 'example.com'))).spec.doFinalize).toBe(false);
});

test.each([
  ['example.com', 'loadBalancedZone must not equal parentZone'],
  ['xexample.com', 'loadBalancedZone must be subdomain'],
])('a ZoneDelegation of %s below example.com is refused', async (loadBalancedZone, reason) => {
  await expect(dryRun(zone(loadBalancedZone, 'example.com'))).rejects.toThrow(reason);
});

test('kubectl prints the columns that k8gb prints first, then health and targets', async () => {
  await server.kubectlWith(gslb('k8gb.absa.oss', { strategy: { type: 'roundRobin' } }), 'apply', '-f', '-');
  const status = {
    geoTag: 'eu',
    hosts: 'a.cloud.example.com',
    serviceHealth: {},
    healthyRecords: {},
    health: 'Degraded',
    targets: '192.0.2.1,192.0.2.2',
    conditions: [
      { type: 'Degraded', status: 'True', reason: 'ProbeSuspect' },
      { type: 'CoarseClients', status: 'True', reason: 'FewNetworks' },
    ].map((condition) => ({ ...condition, message: 'x', lastTransitionTime: '2026-11-21T05:00:00Z' })),
  };
  await server.kubectl(
    'patch',
    'gslbs.k8gb.absa.oss',
    'test',
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  );
  const table = async (...how: readonly string[]) =>
    (await server.kubectl('get', 'gslbs.k8gb.absa.oss', ...how))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s{2,}/));
  expect(await table()).toEqual([
    ['NAME', 'STRATEGY', 'GEOTAG', 'HEALTH', 'TARGETS'],
    ['test', 'roundRobin', 'eu', 'Degraded', '192.0.2.1,192.0.2.2'],
  ]);
  expect(await table('-o', 'wide')).toEqual([
    ['NAME', 'STRATEGY', 'GEOTAG', 'HOSTS', 'HEALTH', 'TARGETS', 'DEGRADED', 'COARSECLIENTS'],
    [
      'test',
      'roundRobin',
      'eu',
      'a.cloud.example.com',
      'Degraded',
      '192.0.2.1,192.0.2.2',
      'ProbeSuspect',
      'True',
    ],
  ]);
});

test('a condition that is no condition is refused', async () => {
  await server.kubectlWith(gslb('k8gb.io', { strategy: { type: 'roundRobin' } }), 'apply', '-f', '-');
  const conditions = [{ type: 'Accepted', status: 'Maybe' }];
  const status = { geoTag: 'eu', serviceHealth: {}, healthyRecords: {}, conditions };
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await expect(server.kubectl('patch', 'gslbs.k8gb.io', 'test', ...patch)).rejects.toThrow(
    'Unsupported value',
  );
});
