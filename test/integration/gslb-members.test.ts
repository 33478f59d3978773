import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { main as gslb } from '#plugins/gslb/main.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { cloudZone } from '#test/support/served-objects.ts';
import { type SidecarProgram, startSidecarProgram } from '#test/support/sidecar-program.ts';
import { freePort } from '#tools/host/free-port.ts';

/*
 * The whole sidecar and the plugin over a real API server: objects of the members of the fleet, drains that a person
 * writes and takes away, the status of policies, and that nothing is written while nothing changes.
 */

const manifests = join(import.meta.dirname, '../../manifests/gslb');
const host = 'app.cloud.example.com';
let server: TestApiServer;
let sidecar: SidecarProgram;

beforeAll(async () => {
  server = await startApiServer();
  for (const path of ['crds', 'legacy-crds']) await server.kubectl('apply', '-k', join(manifests, path));
  await apply(readFileSync(join(manifests, 'namespace.yaml'), 'utf8'));
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await server.kubectl('create', 'namespace', 'web');
  await apply(cloudZone);
  for (const object of [service, slice, ingress]) await apply(object);
  sidecar = startSidecarProgram(
    ...['--geotag=eu', '--edge=none', '--admin=none', '--log-format=text', '--probe=none'],
    // Nobody is there: a member that has never answered.
    ...[`--peer=us=127.0.0.1:${await freePort()}`],
    ...[`--kubeconfig=${server.kubeconfig}`, `--listen=127.0.0.1:${await freePort()}`],
  );
});
afterAll(async () => {
  await sidecar?.end();
  await server?.[Symbol.asyncDispose]();
});

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: 'web' },
  spec: { ports: [{ port: 80 }] },
};
const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'app-1', namespace: 'web', labels: { 'kubernetes.io/service-name': 'app' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
};
const backend = { service: { name: 'app', port: { number: 80 } } };
const ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'app',
    namespace: 'web',
    annotations: {
      'k8gb.io/strategy': 'failover',
      'k8gb.io/primary-geotag': 'us',
      'k8gb.io/exposed-ip-addresses': '192.0.2.1',
    },
  },
  spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
};

const apply = (object: unknown) =>
  server.kubectlWith(typeof object === 'string' ? object : stringify(object), 'apply', '-f', '-');
const get = async (...what: string[]) => {
  const found = await server.kubectl('get', ...what, '--namespace=web', '--ignore-not-found', '-o', 'json');
  return JSON.parse(found || 'null');
};
const until = (assert: () => Promise<void>) => vi.waitFor(assert, { timeout: 30_000, interval: 200 });
const conditionsOf = (object: { status?: { conditions?: Record<string, string>[] } } | null) =>
  (object?.status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

async function plugin(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await gslb(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: { KUBECONFIG: server.kubeconfig },
    isTTY: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

test('each member of the fleet gets its object, with what it is to this cluster', async () => {
  await until(async () => {
    const eu = await get('gslbcluster', 'eu');
    expect(eu?.status).toMatchObject({ state: 'Own', hosts: 1 });
    expect(conditionsOf(eu)).toEqual(['Ready True Own', 'Drained False NoOverride']);
    expect(conditionsOf(await get('gslbcluster', 'us'))[0]).toMatch(
      /^Ready (Unknown NotHeard|False Silent)$/,
    );
  });
});

test('the status of a Gslb says with which cluster a host is, and why the others are left out', async () => {
  await until(async () => {
    const { status } = await get('gslbs.k8gb.io', 'app');
    expect(status.active?.[host]).toMatchObject({ geoTag: 'eu', epoch: 1 });
    expect(status.leftOut?.[host]?.us).toMatchObject({ filter: 'alive' });
    expect(status.targets).toBe('192.0.2.1');
  });
});

test('kubectl gslb drain waits until the sidecar goes by it; the last cluster answers all the same', async () => {
  const { code, out, err } = await plugin('drain', 'eu', '--until=1h', '--reason=new kernel', '--yes');
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/^gslbcluster\.interspan\.dev\/eu drained \(context \S+\)\n$/),
  });
  expect(err).toContain('cluster eu gets no clients while another cluster can answer, until ');
  const { status } = await get('gslbcluster', 'eu');
  expect(status.override).toMatchObject({ state: 'Drained', reason: 'new kernel' });
  await until(async () => {
    const app = await get('gslbs.k8gb.io', 'app');
    expect(conditionsOf(app)).toContain('Degraded True DrainIgnored');
    expect(app.status).toMatchObject({ health: 'Degraded', healthyRecords: { [host]: ['192.0.2.1'] } });
    const events = await server.kubectl('events', '--namespace=web', '--for=gslbs.k8gb.io/app');
    expect(events).toContain('DrainIgnored');
  });
});

test('kubectl gslb undrain ends it, and the status no longer says it', async () => {
  const { code } = await plugin('undrain', 'eu', '--yes');
  expect(code).toBe(0);
  const eu = await get('gslbcluster', 'eu');
  expect(eu.spec).toEqual({});
  expect(eu.status.override).toBeUndefined();
  await until(async () =>
    expect(conditionsOf(await get('gslbs.k8gb.io', 'app'))).toContain('Degraded False AsWanted'),
  );
});

test('a policy says what it counts for, and one that comes later that it does not', async () => {
  const policy = (name: string) => ({
    apiVersion: 'interspan.dev/v1alpha1',
    kind: 'GslbPolicy',
    metadata: { name, namespace: 'web' },
    spec: { targetRefs: [{ name: 'app' }], limit: 3 },
  });
  await apply(policy('first'));
  await until(async () => {
    const first = await get('gslbpolicy', 'first');
    expect(conditionsOf(first)).toEqual(['Accepted True Accepted']);
    expect(first.status).toMatchObject({ attached: 'app', targets: [{ name: 'app', hosts: [host] }] });
  });
  // Creation times are whole seconds; the older one counts.
  await pause(1100);
  await apply(policy('second'));
  await until(async () =>
    expect(conditionsOf(await get('gslbpolicy', 'second'))).toEqual(['Accepted False Conflicted']),
  );
});

/** Writes that the API server has counted, of kinds that the sidecar writes; its Lease is not among them. */
async function writes(): Promise<number> {
  const metrics = await server.kubectl('get', '--raw', '/metrics');
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{'))
    .filter((line) => /verb="(APPLY|PATCH|POST|PUT|DELETE)"/.test(line))
    .filter((line) => /resource="(gslbs|gslbclusters|gslbpolicies|zonedelegations|ingresses)"/.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('longer than anything comes back by a clock, nothing changes and nothing is written', {
  timeout: 120_000,
}, async () => {
  let before = -1;
  await until(async () => {
    const last = before;
    before = await writes();
    await pause(2000);
    expect(before).toBe(last);
  });
  expect(before).toBeGreaterThan(10);
  // Graces and negative answers end after 30 s; a minute with 10,000 objects is the bench's.
  await pause(35_000);
  expect(await writes()).toBe(before);
});

test('nothing was in vain', () => {
  expect(sidecar.output.filter((line) => /forbidden|cannot be written|ERROR/i.test(line))).toEqual([]);
});
