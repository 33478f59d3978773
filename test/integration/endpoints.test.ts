import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Endpoints, startEndpoints } from '#agent/endpoints/endpoints.ts';
import type { GatewayReport, GatewayTable } from '#agent/model/gateway-table.ts';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import {
  type EndpointSlice,
  endpointSlices,
  namespaces,
  type Service,
  secrets,
  services,
} from '#core/api/kubernetes.ts';
import { shadowEndpointSlices } from '#core/api/offload/shadow-endpoint-slice.ts';
import { events } from '#core/source/api-server/event-recorder.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const crds = join(import.meta.dirname, '../../manifests/offload/crds');
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const key = (name: string): string => name.padEnd(43, '-');
const keys = { keyPem: 'key', certificatePem: 'certificate' };
const outer = new AbortController();
type Report = (name: string, address: string, report: GatewayReport | undefined) => void;

let eu: TestApiServer;
let us: TestApiServer;
let here: ApiServerSource;
let there: ApiServerSource;
let ended: AbortController;
let shop: string;
let system: string;
let count = 0;

const open = ({ kubeconfig }: TestApiServer): Promise<ApiServerSource> =>
  apiServerSource({
    kubeconfig,
    fieldManager: 'offload-agent',
    identity: 'test',
    log: silent,
    now: () => performance.now(),
    random: Math.random,
    signal: outer.signal,
  });
beforeAll(async () => {
  [eu, us] = await Promise.all([startApiServer(), startApiServer()]);
  await Promise.all([eu, us].map((server) => server.kubectl('apply', '--server-side', '-k', crds)));
  [here, there] = await Promise.all([open(eu), open(us)]);
  await vi.waitFor(async () => {
    await here.readList(shadowEndpointSlices);
    await there.readList(shadowEndpointSlices);
  }, 20_000);
});
afterAll(async () => {
  outer.abort();
  await Promise.all([eu?.[Symbol.asyncDispose](), us?.[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  ended = new AbortController();
  shop = `shop-${++count}`;
  system = `system-${count}`;
  for (const source of [here, there]) {
    for (const name of [shop, system]) {
      await source.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  }
});
afterEach(() => ended.abort());

const until = (check: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(async () => check(), { timeout: 10_000, interval: 20 });

interface Agent extends Endpoints {
  readonly report: Report;
}
function agent(source: ApiServerSource, clusterID: string, signal = ended.signal): Agent {
  let report: Report = () => undefined;
  const endpoints = startEndpoints(
    {
      source,
      clusterID,
      namespace: system,
      gateway: keys,
      log: silent,
      random: () => 0,
      reports: (onReport) => {
        report = onReport;
      },
      timing: { moreReportsMs: 10, clearMs: 2_000, startMs: 2_000 },
    },
    signal,
  );
  return { ...endpoints, report: (...line) => report(...line) };
}
const link = (signal = ended.signal): ProviderLink => ({
  clusterID: 'us',
  nodeName: 'liqo-us',
  tenantNamespace: 'liqo-tenant-us',
  remoteTenantNamespace: 'liqo-tenant-x',
  remote: there,
  credentials: undefined as unknown as ProviderLink['credentials'],
  grant: () =>
    ({ gatewayFingerprint: key('us'), gatewayAddresses: ['192.0.2.1:5871'] }) as unknown as ReturnType<
      ProviderLink['grant']
    >,
  state: () => ({ kind: 'connected' }),
  onChange: () => undefined,
  signal,
});
const twins = () => [{ namespace: shop, consumer: 'eu', tenantNamespace: 'liqo-tenant-x' }];
const consumers = { eu: { gatewayFingerprint: key('eu') } };

async function table(source: ApiServerSource): Promise<GatewayTable> {
  const { data } = await source.get(secrets, `${system}/offload-gateway`);
  return JSON.parse(Buffer.from(data?.['table.json'] ?? '', 'base64').toString()) as GatewayTable;
}
/** A gateway that serves the newest table. */
async function serves(
  { report }: Agent,
  source: ApiServerSource,
  links: Record<string, boolean>,
): Promise<void> {
  const { revision } = await table(source);
  report('gateway-1', '10.9.9.9', { revision, failedPorts: [], links });
}

/** As the consumer's agent reflects it, where it is not said otherwise. */
const service = (
  name: string,
  spec: Service['spec'] = {},
  labels: Record<string, string> = { 'offloading.liqo.io/origin': 'eu' },
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: shop, name, labels },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }], ...spec },
});
const native = (name: string, uid: string, address: string): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    namespace: shop,
    name: `${name}-native`,
    labels: {
      'kubernetes.io/service-name': name,
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
  },
  addressType: 'IPv4',
  endpoints: [
    {
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', name: uid, namespace: shop, uid },
    },
  ],
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
const ours = async (source: ApiServerSource): Promise<readonly EndpointSlice[]> =>
  source.readList(endpointSlices, {
    namespace: shop,
    labelSelector: 'endpointslice.kubernetes.io/managed-by=offload-agent.interspan.dev',
  });
const shadows = () => there.readList(shadowEndpointSlices, { namespace: shop });

/** A Service with a pod on each side, both agents and their gateways up. */
async function both() {
  for (const source of [here, there]) await source.create(services, service('web'));
  await here.create(endpointSlices, native('web', 'pod-eu', '10.1.0.1'));
  await there.create(endpointSlices, native('web', 'pod-us', '10.2.0.1'));
  const consumer = agent(here, 'eu');
  const provider = agent(there, 'us');
  consumer.setPairs(link(), [{ local: shop, remote: shop }]);
  provider.setTwins(twins(), consumers);
  await until(async () => {
    expect(Object.keys((await table(here)).ports)).toHaveLength(1);
    expect(Object.keys((await table(there)).ports)).toHaveLength(1);
  });
  await serves(consumer, here, { us: true });
  await serves(provider, there, { eu: true });
  return { consumer, provider };
}

test('a pod of each cluster is an endpoint in the other, ready once the gateway listens', async () => {
  const { consumer } = await both();
  await until(async () => {
    const [slice, ...more] = await ours(here);
    expect(more).toEqual([]);
    expect(slice).toMatchObject({
      metadata: {
        labels: { 'kubernetes.io/service-name': 'web', 'offloading.interspan.dev/endpoint-origin': 'us' },
      },
      endpoints: [
        { addresses: ['10.9.9.9'], conditions: { ready: true, serving: true, terminating: false } },
      ],
      ports: [{ name: 'http', port: 20_000, protocol: 'TCP' }],
    });
    expect(await ours(there)).toMatchObject([
      {
        metadata: { labels: { 'offloading.interspan.dev/endpoint-origin': 'eu' } },
        endpoints: [{ conditions: { ready: true } }],
      },
    ]);
  });
  expect(await table(here)).toMatchObject({
    clusterID: 'eu',
    peers: {
      us: {
        fingerprint: key('us'),
        dial: ['192.0.2.1:5871'],
        endpoints: { 'eu/pod-eu/8080': { address: '10.1.0.1', port: 8080 } },
      },
    },
    ports: { 20000: { peer: 'us', endpoint: 'us/pod-us/8080' } },
  });
  const { peers } = await table(there);
  expect(peers).toEqual({
    eu: { fingerprint: key('eu'), endpoints: { 'us/pod-us/8080': { address: '10.2.0.1', port: 8080 } } },
  });
  const secret = await here.get(secrets, `${system}/offload-gateway`);
  expect(Buffer.from(secret.data?.['tls.key'] ?? '', 'base64').toString()).toBe('key');

  // Nothing is written when nothing changes.
  const before = [await ours(here), await ours(there), await shadows(), secret];
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect([
    await ours(here),
    await ours(there),
    await shadows(),
    await here.get(secrets, `${system}/offload-gateway`),
  ]).toEqual(before);
  expect(consumer.linkUp('us')).toBe(true);
  expect(consumer.linkUp('elsewhere')).toBeUndefined();
});

test('a dead link makes its slices not ready within a second, a deleted pod takes its slice along', async () => {
  const { consumer } = await both();
  const ready = async () => (await ours(here)).map(({ endpoints }) => endpoints?.[0]?.conditions?.ready);
  await until(async () => expect(await ready()).toEqual([true]));
  let told = 0;
  consumer.onLinks(() => told++);
  const cut = performance.now();
  await serves(consumer, here, { us: false });
  await until(async () => expect(await ready()).toEqual([false]));
  expect(performance.now() - cut).toBeLessThan(1000);
  expect([told, consumer.linkUp('us')]).toEqual([1, false]);
  await serves(consumer, here, { us: true });
  await until(async () => expect(await ready()).toEqual([true]));
  await there.delete(endpointSlices, `${shop}/web-native`);
  await here.delete(endpointSlices, `${shop}/web-native`);
  await until(async () => {
    expect(await ours(here)).toEqual([]);
    expect(await ours(there)).toEqual([]);
    expect(await shadows()).toEqual([]);
    expect((await table(here)).ports).toEqual({});
  });
});

test('pods of a consumer are endpoints of its own Services, never of one that the provider’s people made', async () => {
  const { provider } = await both();
  await until(async () => expect(await ours(there)).toHaveLength(1));
  await there.delete(services, `${shop}/web`);
  await there.create(services, service('web', {}, {}));
  await until(async () => expect(await ours(there)).toEqual([]));
  // What is behind it is still what the consumer may reach.
  expect(Object.keys((await table(there)).peers['eu']?.endpoints ?? {})).toEqual(['us/pod-us/8080']);
  await there.delete(services, `${shop}/web`);
  await there.create(services, service('web'));
  await until(async () => expect(await ours(there)).toHaveLength(1));
  expect(provider.linkUp('eu')).toBe(true);
});

test('a restarted agent takes over ports, slices and table as they are', async () => {
  for (const source of [here, there]) await source.create(services, service('web'));
  await there.create(endpointSlices, native('web', 'pod-us', '10.2.0.1'));
  const first = new AbortController();
  const old = agent(here, 'eu', first.signal);
  old.setPairs(link(first.signal), [{ local: shop, remote: shop }]);
  await until(async () => expect(Object.keys((await table(here)).ports)).toEqual(['20000']));
  await serves(old, here, { us: true });
  await until(async () => expect((await ours(here))[0]?.endpoints?.[0]?.conditions?.ready).toBe(true));
  first.abort();
  await old.drained;
  const before = [await ours(here), await table(here)];

  const changes: string[] = [];
  here.watch(
    {
      resource: endpointSlices,
      namespace: shop,
      labelSelector: 'endpointslice.kubernetes.io/managed-by=offload-agent.interspan.dev',
      onChange: ({ type, object }) => changes.push(`${type} ${JSON.stringify(object.endpoints)}`),
    },
    ended.signal,
  );
  const next = agent(here, 'eu');
  await serves(next, here, { us: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  next.setPairs(link(), [{ local: shop, remote: shop }]);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect([await ours(here), await table(here)]).toEqual(before);
  expect(changes).toHaveLength(1);
  next.removeLink('us');
  await until(async () => {
    expect(await ours(here)).toEqual([]);
    expect(await table(here)).toMatchObject({ peers: {}, ports: {} });
  });
});

test('headless Services, traffic policy Local and UDP ports stay in their cluster', async () => {
  for (const source of [here, there]) {
    await source.create(services, service('none', { clusterIP: 'None' }));
    await source.create(services, service('local', { internalTrafficPolicy: 'Local' }));
    await source.create(
      services,
      service('dns', {
        ports: [
          { name: 'udp', port: 53, protocol: 'UDP' },
          { name: 'http', port: 53 },
        ],
      }),
    );
    for (const name of ['none', 'local', 'dns']) {
      await source.create(endpointSlices, native(name, `${name}-pod`, '10.0.0.1'));
    }
  }
  const consumer = agent(here, 'eu');
  consumer.setPairs(link(), [{ local: shop, remote: shop }]);
  await until(async () => expect(Object.keys((await table(here)).ports)).toHaveLength(1));
  await serves(consumer, here, { us: true });
  await until(async () => {
    const made = await ours(here);
    expect(
      made.map(({ metadata, ports }) => [
        metadata.labels?.['kubernetes.io/service-name'],
        ports?.map(({ name }) => name),
      ]),
    ).toEqual([['dns', ['http']]]);
    expect((await shadows()).map(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'])).toEqual([
      'dns',
    ]);
    const told = await here.readList(events, { namespace: shop });
    expect(told.map(({ reason, involvedObject }) => [reason, involvedObject['name']])).toEqual([
      ['UDPNotSpanned', 'dns'],
    ]);
  });
});
