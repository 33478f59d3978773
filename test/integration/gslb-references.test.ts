import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { type Bind, startBind } from '#test/support/bind.ts';
import { type ObservedCluster, observeCluster } from '#test/support/observe-cluster.ts';
import { gatewayApiCrds, istioCrds } from '#test/support/route-crds.ts';

/*
 * What a Gslb may refer to, in a real API server, with the rights that the sidecar has: every kind, before its CRD is
 * there and after; addresses by status, gateway and host name (a real BIND); and CRDs that are deleted by mistake.
 */

const crds = join(import.meta.dirname, '../../manifests/gslb/crds');
const zone = 'cloud.example.com';
let server: TestApiServer;
let bind: Bind;
let observer: ObservedCluster['observer'];
let changes: ObservedCluster['changes'];
const ended = new AbortController();

beforeAll(async () => {
  bind = await startBind({
    zones: [
      {
        name: 'example.net',
        records: [
          'lb 1 CNAME lb.pool',
          'lb.pool 1 A 203.0.113.7',
          'lb.pool 1 AAAA 2001:db8::7',
          `loop CNAME app.${zone}.`,
        ],
      },
    ],
  });
  server = await startApiServer();
  await server.kubectl('apply', '-k', crds);
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  for (const namespace of ['web', 'shop', 'infra']) await server.kubectl('create', 'namespace', namespace);
  await apply(
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'ZoneDelegation',
      metadata: { name: 'cloud' },
      spec: { loadBalancedZone: zone, parentZone: 'example.com', dnsZoneNegTTL: 5 },
    },
    ...ready('web', 'app'),
    ...ready('shop', 'cart'),
    gslb('http', { apiVersion: `${gatewayApi}/v1`, kind: 'HTTPRoute', name: 'app' }),
    gslb('mesh', { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', name: 'app' }),
  );
  ({ observer, changes } = await observeCluster(server, ended.signal, {
    resolvers: [{ address: bind.address, port: bind.port }],
    crds: true,
  }));
});
afterAll(async () => {
  ended.abort();
  await server?.[Symbol.asyncDispose]();
  await bind?.close();
});

const gatewayApi = 'gateway.networking.k8s.io';
const apply = (...objects: readonly object[]) =>
  server.kubectlWith(
    objects.map((object) => stringify(object)).join('---\n'),
    'apply',
    '--server-side',
    '--force-conflicts',
    '-f',
    '-',
  );
const status = (kind: string, namespace: string, name: string, patch: object) =>
  server.kubectl(
    'patch',
    kind,
    '-n',
    namespace,
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: patch }),
  );
const until = (assert: () => void) => vi.waitFor(assert, { timeout: 20_000, interval: 20 });
const host = (name: string) => observer.view().hosts.get(`${name}.${zone}`);
const acceptance = (name: string) => observer.view().gslbs.get(`k8gb.io/web/${name}`)?.acceptance;
const warnings = (name: string) =>
  observer
    .view()
    .gslbs.get(`k8gb.io/web/${name}`)
    ?.warnings.map(({ reason }) => reason);

const gslb = (name: string, resourceRef: object, annotations: object = {}) => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { name, namespace: 'web', annotations },
  spec: { strategy: { type: 'roundRobin' }, resourceRef },
});
const ready = (namespace: string, name: string) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: name } },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [],
  },
];
const route = (kind: string, version: string, name: string, spec: object) => ({
  apiVersion: `${gatewayApi}/${version}`,
  kind,
  metadata: { name, namespace: 'web', labels: { route: name } },
  spec: {
    parentRefs: [{ name: 'public', namespace: 'infra' }],
    rules: [{ backendRefs: [{ name: 'app', port: 80 }] }],
    ...spec,
  },
});
const established = () =>
  server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');

test('nothing waits for kinds that are not there; the Gslb says which CRD it misses', async () => {
  const begun = performance.now();
  await observer.synced;
  expect(performance.now() - begun).toBeLessThan(5_000);
  for (const name of ['http', 'mesh'])
    expect(acceptance(name)).toMatchObject({ accepted: false, reason: 'ResourceRefKindMissing' });
});

test('an HTTPRoute is served once its CRD is installed, with the address of its Gateway', async () => {
  await apply(...gatewayApiCrds);
  await established();
  await apply(
    route('HTTPRoute', 'v1', 'app', {
      hostnames: [`HTTP.${zone}`],
      rules: [
        { backendRefs: [{ name: 'app', port: 80 }] },
        { backendRefs: [{ name: 'cart', namespace: 'shop', port: 80 }] },
      ],
    }),
  );
  await until(() => expect(warnings('http')).toEqual(['GatewayNotFound']));
  await apply({
    apiVersion: `${gatewayApi}/v1`,
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'infra' },
    spec: { gatewayClassName: 'some', listeners: [] },
  });
  await until(() => expect(warnings('http')).toEqual(['NoAddresses']));
  await status('gateways.gateway.networking.k8s.io', 'infra', 'public', {
    addresses: [{ value: '203.0.113.1' }, { type: 'IPAddress', value: '2001:db8::1' }],
  });
  await until(() => expect(host('http')?.addresses).toEqual(['2001:db8::1', '203.0.113.1']));
  expect(host('http')).toMatchObject({
    health: 'Healthy',
    services: [
      { namespace: 'web', name: 'app' },
      { namespace: 'shop', name: 'cart' },
    ],
  });
  expect(warnings('http')).toEqual([]);
});

test('the other routes too, by name, by labels and by expressions; those without hosts by annotation', async () => {
  await apply(
    route('GRPCRoute', 'v1', 'grpc', { hostnames: [`grpc.${zone}`] }),
    route('TLSRoute', 'v1alpha2', 'tls', { hostnames: [`tls.${zone}`] }),
    route('TCPRoute', 'v1alpha2', 'tcp', {}),
    route('UDPRoute', 'v1alpha2', 'udp', {}),
    gslb('grpc', { apiVersion: `${gatewayApi}/v1`, kind: 'GRPCRoute', matchLabels: { route: 'grpc' } }),
    gslb('tls', {
      apiVersion: `${gatewayApi}/v1alpha3`,
      kind: 'TLSRoute',
      matchExpressions: [{ key: 'route', operator: 'In', values: ['tls', 'other'] }],
    }),
    gslb(
      'tcp',
      { apiVersion: `${gatewayApi}/v1alpha2`, kind: 'TCPRoute', name: 'tcp' },
      { 'k8gb.io/hostname': `tcp.${zone}` },
    ),
    gslb('udp', { apiVersion: `${gatewayApi}/v1alpha2`, kind: 'UDPRoute', name: 'udp' }),
  );
  for (const name of ['grpc', 'tls', 'tcp'])
    await until(() =>
      expect(host(name)).toMatchObject({ health: 'Healthy', addresses: ['2001:db8::1', '203.0.113.1'] }),
    );
  await until(() => expect(acceptance('udp')).toMatchObject({ accepted: false, reason: 'HostnameMissing' }));
  await apply(route('GRPCRoute', 'v1', 'second', { hostnames: [`second.${zone}`] }));
  await server.kubectl('label', 'grpcroutes', '-n', 'web', 'second', 'route=grpc', '--overwrite');
  await until(() => expect(acceptance('grpc')).toMatchObject({ reason: 'ResourceRefAmbiguous' }));
  await server.kubectl('delete', 'grpcroutes', '-n', 'web', 'second');
  await until(() => expect(acceptance('grpc')).toEqual({ accepted: true }));
});

test('one changed route replans its own hosts only', async () => {
  changes.length = 0;
  await apply(route('GRPCRoute', 'v1', 'grpc', { hostnames: [`rpc.${zone}`] }));
  await until(() => expect(host('rpc')).toBeDefined());
  expect(new Set(changes.flatMap(({ hosts }) => [...hosts]))).toEqual(
    new Set([`grpc.${zone}`, `rpc.${zone}`]),
  );
});

test("a VirtualService is reached by the Service of its Gateway's pods", async () => {
  await apply(...istioCrds);
  await established();
  const istio = (kind: string, namespace: string, name: string, spec: object) => ({
    apiVersion: 'networking.istio.io/v1beta1',
    kind,
    metadata: { name, namespace },
    spec,
  });
  await apply(
    istio('VirtualService', 'web', 'app', {
      hosts: [`mesh.${zone}`],
      gateways: ['mesh', 'infra/istio'],
      http: [
        {
          route: [{ destination: { host: 'app' } }, { destination: { host: 'cart.shop.svc.cluster.local' } }],
        },
      ],
    }),
    istio('Gateway', 'infra', 'istio', { selector: { istio: 'ingressgateway' }, servers: [] }),
  );
  await until(() => expect(warnings('mesh')).toEqual(['GatewayServiceNotFound']));
  const [service] = ready('infra', 'istio-ingressgateway');
  await apply({
    ...service,
    metadata: { ...service?.metadata, labels: { istio: 'ingressgateway' } },
  } as object);
  await status('service', 'infra', 'istio-ingressgateway', {
    loadBalancer: { ingress: [{ ip: '203.0.113.2' }] },
  });
  await until(() => expect(host('mesh')?.addresses).toEqual(['203.0.113.2']));
  expect(host('mesh')?.services.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
    'web/app',
    'shop/cart',
  ]);
});

test('a Service is reached by its status; a host name there is resolved, and followed when it changes', async () => {
  await apply(
    gslb(
      'service',
      { apiVersion: 'v1', kind: 'Service', name: 'app' },
      { 'k8gb.io/hostname': `service.${zone}` },
    ),
  );
  await status('service', 'web', 'app', { loadBalancer: { ingress: [{ hostname: 'lb.example.net' }] } });
  await until(() => expect(host('service')?.addresses).toEqual(['2001:db8::7', '203.0.113.7']));
  await status('service', 'web', 'app', { loadBalancer: { ingress: [{ ip: '203.0.113.3' }] } });
  await until(() => expect(host('service')?.addresses).toEqual(['203.0.113.3']));
});

test('exposed names go before all else, but never through our own zone; they outlive their resolver', async () => {
  const reference = { apiVersion: 'v1', kind: 'Service', name: 'app' };
  const exposed = (names: string) =>
    apply(
      gslb('service', reference, {
        'k8gb.io/hostname': `service.${zone}`,
        'k8gb.io/exposed-hostnames': names,
        'k8gb.io/exposed-ip-addresses': '192.0.2.1',
      }),
    );
  await exposed(`lb.example.net, app.${zone}`);
  await until(() => expect(host('service')?.addresses).toEqual(['2001:db8::7', '203.0.113.7']));
  expect(warnings('service')).toEqual(['HostnameInOwnZone']);
  await exposed('loop.example.net');
  await until(() => expect(warnings('service')).toEqual(['HostnameInOwnZone']));
  expect(host('service')?.addresses).toEqual([]);
  await exposed('lb.example.net');
  await until(() => expect(warnings('service')).toEqual([]));
  await bind.close();
  await until(() => expect(warnings('service')).toEqual(['HostnameStale']));
  expect(host('service')?.addresses).toEqual(['2001:db8::7', '203.0.113.7']);
});

test('a CRD that is deleted by mistake leaves the answers standing until it is back', async () => {
  const before = [...observer.view().hosts.keys()].sort();
  const saved = JSON.parse(await server.kubectl('get', 'gslbs.k8gb.io', '-A', '-o', 'json')) as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  };
  await server.kubectl('delete', 'crd', 'gslbs.k8gb.io', 'zonedelegations.k8gb.io');
  await until(() =>
    expect([...saved.items].filter(({ metadata }) => observer.gslb(`k8gb.io/web/${metadata.name}`))).toEqual(
      [],
    ),
  );
  await until(() => expect([...observer.zoneDelegations()]).toEqual([]));
  expect(observer.hold()?.reason).toBe('CrdDeleted');
  expect([...observer.view().hosts.keys()].sort()).toEqual(before);
  await server.kubectl('delete', 'endpointslice', '-n', 'web', 'app-1');
  await until(() => expect(host('tcp')?.health).toBe('Unhealthy'));

  await server.kubectl('apply', '-k', crds);
  await established();
  await apply(
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'ZoneDelegation',
      metadata: { name: 'cloud' },
      spec: { loadBalancedZone: zone, parentZone: 'example.com', dnsZoneNegTTL: 5 },
    },
    ...saved.items.map((item) => ({
      ...item,
      metadata: {
        name: item.metadata.name,
        namespace: 'web',
        annotations: (item.metadata as { annotations?: object }).annotations,
      },
    })),
  );
  await until(() => expect(observer.hold()).toBeUndefined());
  expect([...observer.view().hosts.keys()].sort()).toEqual(before);
});
