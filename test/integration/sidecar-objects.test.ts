import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { cloudZone } from '#test/support/served-objects.ts';
import { sidecarKubeconfig } from '#test/support/sidecar-kubeconfig.ts';
import { type SidecarProgram, startSidecarProgram } from '#test/support/sidecar-program.ts';
import { freePort } from '#tools/host/free-port.ts';

/*
 * The whole sidecar over a real API server, with the rights that its manifest grants and no more: what it writes of
 * which objects, and what it leaves alone.
 */

const manifests = join(import.meta.dirname, '../../manifests/gslb');
let server: TestApiServer;
let sidecar: SidecarProgram;
let dns: Resolver;

beforeAll(async () => {
  server = await startApiServer();
  for (const path of ['crds', 'legacy-crds']) await server.kubectl('apply', '-k', join(manifests, path));
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await apply(cloudZone);
  await server.kubectl('create', 'namespace', 'web');
  const port = await freePort();
  dns = new Resolver({ timeout: 1000, tries: 1 });
  dns.setServers([`127.0.0.1:${port}`]);
  sidecar = startSidecarProgram(
    ...['--geotag=eu', '--edge=none', '--admin=none', '--probe=none', '--log-format=text'],
    ...[`--kubeconfig=${await sidecarKubeconfig(server)}`, `--listen=127.0.0.1:${port}`],
  );
});
afterAll(async () => {
  await sidecar?.end();
  await server?.[Symbol.asyncDispose]();
});

const apply = (object: unknown) =>
  server.kubectlWith(typeof object === 'string' ? object : stringify(object), 'apply', '-f', '-');
const get = async (kind: string, name: string) =>
  JSON.parse(
    (await server.kubectl('get', kind, name, '--namespace=web', '--ignore-not-found', '-o', 'json')) ||
      'null',
  );
const until = (assert: () => Promise<void>) => vi.waitFor(assert, { timeout: 20_000, interval: 100 });
const answers = async (host: string): Promise<string> =>
  (await dns.resolve4(host).catch(({ code }) => [code])).sort().join(' ');

const rule = (host: string, service: string) => ({
  host,
  http: {
    paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } }],
  },
});
const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'web' },
  spec: { ports: [{ port: 80 }] },
});
const slice = (name: string, ready: boolean) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace: 'web', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
});
const ingress = (name: string, annotations: Record<string, string>) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'web', annotations },
  spec: { rules: [rule(`${name}.cloud.example.com`, name)] },
});
const annotated = {
  'k8gb.io/strategy': 'roundRobin',
  'k8gb.io/exposed-ip-addresses': '192.0.2.1, 192.0.2.2',
};
const conditionsOf = (object: { status?: { conditions?: Record<string, string>[] } }) =>
  (object.status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

test('an annotated Ingress gets its Gslb, answers and a status; emptying its Service takes the answers away', async () => {
  for (const object of [service('app'), slice('app', true), ingress('app', annotated)]) await apply(object);
  await until(async () => expect(await answers('app.cloud.example.com')).toBe('192.0.2.1 192.0.2.2'));
  await until(async () => {
    const gslb = await get('gslbs.k8gb.io', 'app');
    expect(gslb).toMatchObject({
      spec: {
        strategy: { type: 'roundRobin', dnsTtlSeconds: 30 },
        resourceRef: { kind: 'Ingress', name: 'app' },
      },
      status: {
        geoTag: 'eu',
        hosts: 'app.cloud.example.com',
        serviceHealth: { 'app.cloud.example.com': 'Healthy' },
        healthyRecords: { 'app.cloud.example.com': ['192.0.2.1', '192.0.2.2'] },
        observedGeneration: gslb.metadata.generation,
      },
    });
    expect(conditionsOf(gslb)).toEqual([
      'Accepted True Accepted',
      'Ready True HasTargets',
      'Degraded False AsWanted',
    ]);
  });
  await apply(slice('app', false));
  await until(async () => expect(await answers('app.cloud.example.com')).toBe('ENODATA'));
  await until(async () =>
    expect(conditionsOf(await get('gslbs.k8gb.io', 'app'))).toContain('Ready False NoHealthyTarget'),
  );
  const events = await server.kubectl('events', '--namespace=web', '--for=gslbs.k8gb.io/app');
  expect(events).toContain('Unhealthy');
  expect(events).toContain('app.cloud.example.com answers nothing; before: 192.0.2.1, 192.0.2.2');
  await apply(slice('app', true));
  await until(async () => expect(await answers('app.cloud.example.com')).toBe('192.0.2.1 192.0.2.2'));
});

test('what a user adds to a made Gslb stays when its annotations change', async () => {
  await server.kubectl(
    ...['patch', 'gslbs.k8gb.io', 'app', '--namespace=web', '--type=merge'],
    ...['--patch', '{"spec":{"serviceHealthPolicy":"All"}}'],
  );
  await apply(ingress('app', { ...annotated, 'k8gb.io/dns-ttl-seconds': '7' }));
  await until(async () =>
    expect((await get('gslbs.k8gb.io', 'app')).spec).toMatchObject({
      strategy: { dnsTtlSeconds: 7 },
      serviceHealthPolicy: 'All',
    }),
  );
});

test('nothing is written while nothing changes', async () => {
  // The API server itself records events, for example about the addresses of Services.
  const versions = async () => {
    const objects = await server.kubectl(
      ...['get', 'gslbs.k8gb.io,ingresses,zonedelegations', '--all-namespaces'],
      ...['-o', 'jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion}{"\\n"}{end}'],
    );
    const events = await server.kubectl(
      ...['get', 'events', '--all-namespaces', '--field-selector=source=gslb-sidecar'],
      ...['-o', 'jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion}{"\\n"}{end}'],
    );
    expect(events).not.toBe('');
    return objects + events;
  };
  await until(async () => {
    const gslb = await get('gslbs.k8gb.io', 'app');
    expect(gslb.status.observedGeneration).toBe(gslb.metadata.generation);
  });
  // Events about what happened before may still be on their way.
  let before = '';
  await until(async () => {
    const last = before;
    before = await versions();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(before).toBe(last);
  });
  expect(before).toContain('Gslb/app=');
  // Something that the sidecar sees and that changes nothing.
  await apply(service('unrelated'));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await versions()).toBe(before);
});

test('the Gslb goes with the annotation, and the answers with it', async () => {
  await apply(ingress('app', {}));
  await until(async () => expect(await get('gslbs.k8gb.io', 'app')).toBeNull());
  await until(async () => expect(await answers('app.cloud.example.com')).toBe('ENOTFOUND'));
});

test('an embedded Ingress is made and kept, with its default backend', async () => {
  const gslb = (path: string) => ({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: {
      name: 'embedded',
      namespace: 'web',
      annotations: { 'k8gb.io/exposed-ip-addresses': '192.0.2.9' },
    },
    spec: {
      strategy: { type: 'failover', primaryGeoTag: 'eu' },
      ingress: {
        ingressClassName: 'nginx',
        backend: { service: { name: path, port: { number: 80 } } },
        rules: [rule('embedded.cloud.example.com', 'app')],
      },
    },
  });
  await apply(gslb('one'));
  await until(async () => {
    const made = await get('ingresses', 'embedded');
    expect(made.metadata.labels).toEqual({ 'app.k8gb.io/managed-by': 'gslb' });
    expect(made.spec).toMatchObject({
      ingressClassName: 'nginx',
      defaultBackend: { service: { name: 'one' } },
      rules: [{ host: 'embedded.cloud.example.com' }],
    });
  });
  await until(async () => expect(await answers('embedded.cloud.example.com')).toBe('192.0.2.9'));
  await apply(gslb('two'));
  await until(async () =>
    expect((await get('ingresses', 'embedded')).spec.defaultBackend.service.name).toBe('two'),
  );
});

test.each([
  ['an unknown strategy', 'strange', { 'k8gb.io/strategy': 'random' }, 'UnknownStrategy'],
  ['failover without a primary', 'lost', { 'k8gb.io/strategy': 'failover' }, 'MissingPrimaryGeoTag'],
  [
    'a TTL that is no number',
    'short',
    { 'k8gb.io/strategy': 'roundRobin', 'k8gb.io/dns-ttl-seconds': '30s' },
    'InvalidTtl',
  ],
])('%s is refused on the object, with an event', async (_title, name, annotations, reason) => {
  await apply(ingress(name, annotations));
  await until(async () => {
    expect(conditionsOf(await get('gslbs.k8gb.io', name))).toEqual([
      `Accepted False ${reason}`,
      'Ready False NotAccepted',
      'Degraded False AsWanted',
    ]);
    expect(await server.kubectl('events', '--namespace=web', `--for=gslbs.k8gb.io/${name}`)).toContain(
      reason,
    );
  });
});

test('an embedded Ingress that the API server will not take is told to its Gslb', async () => {
  const odd = rule('odd.cloud.example.com', 'app');
  await apply({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: { name: 'odd', namespace: 'web' },
    spec: {
      strategy: { type: 'roundRobin' },
      ingress: { rules: [{ ...odd, http: { paths: [{ ...odd.http.paths[0], path: 'relative' }] } }] },
    },
  });
  await until(async () =>
    expect(await server.kubectl('events', '--namespace=web', '--for=gslbs.k8gb.io/odd')).toContain(
      'IngressInvalid',
    ),
  );
});

test('a ZoneDelegation says that it is served, and that nobody keeps its delegation', async () => {
  await until(async () =>
    expect(conditionsOf(await get('zonedelegations', 'cloud'))).toEqual([
      'Accepted True Accepted',
      'Delegated Unknown NotKept',
    ]),
  );
});

// Before the restart: an API server that has just come up refuses for a moment what it will grant.
test('it needs no more rights than its manifest grants', () => {
  expect(sidecar.output.filter((line) => /forbidden|may not|cannot be written/i.test(line))).toEqual([]);
});

test('after a restart of the API server it answers on, and writes what it missed', async () => {
  await server.stop();
  expect(await answers('embedded.cloud.example.com')).toBe('192.0.2.9');
  await server.start();
  await apply(slice('app', false));
  await until(async () => expect(await answers('embedded.cloud.example.com')).toBe('ENODATA'));
  await until(async () =>
    expect(conditionsOf(await get('gslbs.k8gb.io', 'embedded'))).toContain('Ready False NoHealthyTarget'),
  );
});
