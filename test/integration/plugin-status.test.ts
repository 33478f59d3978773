import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { main } from '#plugins/gslb/main.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const manifests = join(import.meta.dirname, '../../manifests/gslb');
const host = 'app.cloud.example.com';
let server: TestApiServer;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plugin-status-'));
  server = await startApiServer();
  await server.kubectl('create', 'namespace', 'podinfo');
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs the plugin in this process with the server's kubeconfig, or another. */
async function gslb(
  argv: readonly string[],
  { kubeconfig = server.kubeconfig, signal = new AbortController().signal } = {},
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: { KUBECONFIG: kubeconfig },
    isTTY: false,
    signal,
  });
  return { code, out, err };
}

async function applyGslb(name: string, spec: object, status?: object, group = 'k8gb.io'): Promise<void> {
  const object = {
    apiVersion: `${group}/v1beta1`,
    kind: 'Gslb',
    metadata: { name, namespace: 'podinfo', labels: { app: name } },
    spec,
  };
  await server.kubectlWith(stringify(object), 'apply', '-f', '-');
  if (status !== undefined)
    await server.kubectl(
      'patch',
      `gslbs.${group}`,
      name,
      '-n=podinfo',
      '--subresource=status',
      '--type=merge',
      `-p=${JSON.stringify({ status })}`,
    );
}

const status = {
  geoTag: 'eu',
  hosts: host,
  serviceHealth: { [host]: 'Healthy' },
  healthyRecords: { [host]: ['172.19.0.3', '172.19.0.4', '172.19.0.5', '172.19.0.6'] },
  loadBalancer: { exposedIps: ['172.19.0.3', '172.19.0.4'] },
};

test('a cluster without our CRDs is said with the remedy', async () => {
  const { code, out, err } = await gslb(['status', '-A']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('has no Gslbs: no CRD gslbs.k8gb.io (kubectl apply -k manifests/gslb');
});

test('Gslbs as the API server has them', async () => {
  for (const folder of ['crds', 'legacy-crds'])
    await server.kubectl('apply', '--server-side', '-k', join(manifests, folder));
  await server.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');

  const empty = await gslb(['status']);
  expect({ code: empty.code, out: empty.out }).toEqual({ code: 0, out: '' });
  expect(empty.err).toMatch(
    /^No Gslb in namespace default of \S+: look in all with -A, or annotate an Ingress/,
  );

  await applyGslb('podinfo', { strategy: { type: 'roundRobin', dnsTtlSeconds: 20 } }, status);
  const { code, out, err } = await gslb(['status', '-n', 'podinfo']);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^HOST +STRATEGY +HEALTH +TARGETS +TTL +AGE\napp\.cloud\.example\.com {3}roundRobin {3}Healthy {3}eu 2, others 2 {3}20 {4}\d+s\n$/,
  );
  expect(err).toContain("are from the Gslbs' status: no pod of gslb-sidecar in namespace gslb-system");
  expect((await gslb(['status', '-Aowide', '--no-headers'])).out).toMatch(
    /^podinfo {3}app\.cloud\S+ .* eu {3}podinfo {3}eu=172\.19\.0\.3,172\.19\.0\.4 others=172\.19\.0\.5,172\.19\.0\.6\n$/,
  );
  expect((await gslb(['status', '-A', '-o', 'name'])).out).toBe('gslb.k8gb.io/podinfo\n');
  expect((await gslb(['status', '-A', '-l', 'app=other'])).err).toContain(
    'No Gslb with labels app=other in any namespace',
  );
});

test('a refused Gslb and a legacy one; exit code 3; YAML says the same', async () => {
  await applyGslb(
    'taken',
    { strategy: { type: 'roundRobin' } },
    {
      geoTag: 'eu',
      serviceHealth: {},
      healthyRecords: {},
      conditions: [
        {
          type: 'Accepted',
          status: 'False',
          reason: 'HostConflict',
          message: `${host} belongs to podinfo/podinfo`,
          lastTransitionTime: '2026-11-21T05:00:00Z',
        },
      ],
    },
  );
  await applyGslb(
    'old',
    { strategy: { type: 'failover', primaryGeoTag: 'us' } },
    {
      ...status,
      hosts: 'old.example.com',
      serviceHealth: { 'old.example.com': 'Unhealthy' },
      healthyRecords: { 'old.example.com': ['172.19.0.5'] },
    },
    'k8gb.absa.oss',
  );
  const { code, out, err } = await gslb(['status', '-A']);
  expect(code).toBe(3);
  expect(out).toMatch(/podinfo +<none> +roundRobin +Refused \(HostConflict\) +eu 0 /);
  expect(out).toMatch(/podinfo +old\.example\.com +failover \(us\) +Unhealthy +eu 0, others 1 /);
  expect(err).toContain(
    `unhealthy: gslb/taken is refused in eu: HostConflict: ${host} belongs to podinfo/podinfo\n`,
  );
  expect(err).toContain(
    'unhealthy: old.example.com is unhealthy in eu: its Services have no ready endpoint\n',
  );
  const yaml = await gslb(['status', '-A', '-o', 'yaml']);
  expect(parse(yaml.out)).toMatchObject({
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbStatusList',
    healthy: false,
    items: [
      { gslb: { group: 'k8gb.io', name: 'taken' }, health: 'Refused', reason: 'HostConflict' },
      { host, health: 'Healthy' },
      { gslb: { group: 'k8gb.absa.oss', name: 'old' }, health: 'Unhealthy' },
    ],
  });
});

test('a context that is away, one that may not read, and one that works, in one command', async () => {
  const config = parse(await server.kubectl('config', 'view', '--raw', '--flatten')) as {
    contexts: { name: string; context: object }[];
    clusters: { name: string; cluster: { server: string } }[];
    users: { name: string; user: object }[];
    'current-context': string;
  };
  const [context] = config.contexts;
  const [cluster] = config.clusters;
  if (context === undefined || cluster === undefined) throw new Error('the kubeconfig of the test is empty');
  const kubeconfig = join(directory, 'three');
  const away = { ...cluster.cluster, server: 'https://127.0.0.1:1' };
  writeFileSync(
    kubeconfig,
    stringify({
      ...config,
      contexts: [
        { name: 'works', context: context.context },
        { name: 'away', context: { ...context.context, cluster: 'away' } },
        { name: 'nobody', context: { ...context.context, user: 'nobody' } },
      ],
      clusters: [...config.clusters, { name: 'away', cluster: away }],
      users: [...config.users, { name: 'nobody', user: { token: 'not-a-token' } }],
      'current-context': 'works',
    }),
  );
  const { code, out, err } = await gslb(['status', host, '-n', 'podinfo', '--all-contexts'], { kubeconfig });
  expect(code).toBe(1);
  expect(out).toMatch(/app\.cloud\.example\.com {3}works +roundRobin +Healthy /);
  expect(err).toMatch(
    /error: context away: cannot list gslbs\.k8gb\S+ .*at https:\/\/127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1\nhint: \S/,
  );
  expect(err).toMatch(
    /error: context nobody at https:\/\/127\.0\.0\.1:\d+: cannot list gslbs.*Unauthorized \(401\)\nhint: \S/,
  );
});

test('versions, and CRDs that are installed', async () => {
  const { code, out, err } = await gslb(['version']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(
    /^Client Version: \S+\n\nCLUSTER +SIDECAR +READY +IMAGE +CRDS\n\S+ +<none> +0\/0 +<none> +gslbs\.k8gb\.absa\.oss\/v1beta1,gslbs\.k8gb\.io\/v1beta1,zonedelegations\.k8gb\.io\/v1beta1\n$/,
  );
  const client = await gslb(['version', '--client', '-o', 'json'], { kubeconfig: '/nonexistent' });
  expect(JSON.parse(client.out)).toEqual({
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbVersion',
    clientVersion: expect.any(String),
  });
});

test('no kubeconfig is an error that says where it was looked for', async () => {
  expect(await gslb(['status'], { kubeconfig: '/nonexistent/config' })).toEqual({
    code: 1,
    out: '',
    err: 'error: there is no kubeconfig: /nonexistent/config does not exist\nhint: name one with --kubeconfig FILE or KUBECONFIG\n',
  });
});

test('an API server that does not answer is given up on after --request-timeout; Ctrl-C ends at once with 130', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const kubeconfig = join(directory, 'silent');
  writeFileSync(
    kubeconfig,
    stringify({
      'current-context': 'silent',
      contexts: [{ name: 'silent', context: { cluster: 'silent' } }],
      clusters: [{ name: 'silent', cluster: { server: `https://127.0.0.1:${port}` } }],
    }),
  );
  const before = performance.now();
  const slow = await gslb(['status', '--request-timeout', '300ms'], { kubeconfig });
  expect(slow.code).toBe(1);
  expect(slow.err).toContain(
    `context silent: cannot list gslbs at https://127.0.0.1:${port}: no answer within 0.3 s\n`,
  );
  const stop = new AbortController();
  silent.once('connection', () => stop.abort());
  expect(await gslb(['status'], { kubeconfig, signal: stop.signal })).toEqual({
    code: 130,
    out: '',
    err: '',
  });
  expect(performance.now() - before).toBeLessThan(5000);
  silent.close();
});
