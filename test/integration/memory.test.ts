import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { application, cloudZone } from '#test/support/served-objects.ts';
import { sidecarKubeconfig } from '#test/support/sidecar-kubeconfig.ts';
import { freePort } from '#tools/host/free-port.ts';

/* A sidecar that is killed, and begins again while its API server is away. */

const manifests = join(import.meta.dirname, '../../manifests/gslb');
const host = 'app.cloud.example.com';
const addresses = ['192.0.2.1', '192.0.2.2'];
const directory = mkdtempSync(join(tmpdir(), 'memory-'));
const path = join(directory, 'memory', 'state');
let server: TestApiServer;
let kubeconfig: string;
let dns: number;
let admin: number;
let sidecar: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  [server, dns, admin] = await Promise.all([startApiServer(), freePort(), freePort()]);
  await server.kubectl('apply', '-k', join(manifests, 'crds'));
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  kubeconfig = await sidecarKubeconfig(server);
  await server.kubectl('create', 'namespace', 'web');
  for (const object of objects()) await server.kubectlWith(stringify(object), 'apply', '-f', '-');
  sidecar = start();
  await until(async () => expect(await ask()).toEqual(fresh));
}, 240_000);
afterAll(async () => {
  await sidecar?.kill();
  await server?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function start(...flags: readonly string[]) {
  const child = spawn(
    process.execPath,
    [
      ...['sidecar/main.ts', '--geotag=eu', '--edge=none', '--probe=none', `--state-dir=${directory}`],
      ...[`--kubeconfig=${kubeconfig}`, `--listen=127.0.0.1:${dns}`, `--admin=127.0.0.1:${admin}`],
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  return {
    log: () => log,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const run = promisify(execFile);
const until = (assert: () => Promise<void>) => vi.waitFor(assert, { timeout: 60_000, interval: 50 });
const isReady = async () => (await fetch(`http://127.0.0.1:${admin}/ready`)).ok;

/** What dig sees of a name; undefined: no reply. */
async function ask(name = host) {
  const words = ['@127.0.0.1', '-p', `${dns}`, '+tries=1', '+timeout=2', name];
  const { stdout } = await run('dig', words).catch(() => ({ stdout: '' }));
  const [, status] = /status: (\w+)/.exec(stdout) ?? [];
  if (status === undefined) return undefined;
  const [, ede] = /EDE: (\d+)/.exec(stdout) ?? [];
  const records = [...stdout.matchAll(/^\S+\s+(\d+)\s+IN\s+A\s+(\S+)$/gm)];
  return {
    status,
    ede: ede === undefined ? undefined : Number(ede),
    ttl: records[0] && Number(records[0][1]),
    addresses: records.map(([, , address]) => address).sort(),
  };
}
const fresh = { status: 'NOERROR', ede: undefined, ttl: 120, addresses };
const stale = { ...fresh, ede: 3, ttl: 30 };
const notReady = { status: 'SERVFAIL', ede: 14, ttl: undefined, addresses: [] };

test('killed, and without its API server, it answers the same at once and says that it is stale', async () => {
  await until(async () => expect(readFileSync(path, 'utf8')).toContain(host));
  await sidecar.kill();
  await server.stop();
  sidecar = start();
  await until(async () => expect(await ask()).toBeDefined());
  const heardMs = performance.now();
  await until(async () => expect(await ask()).toEqual(stale));
  // A few ms; dig alone may take seconds on a machine that is busy.
  expect(performance.now() - heardMs).toBeLessThan(5_000);
  expect(await ask(`localtargets-${host}`)).toEqual(stale);
  expect(await ask(`none.${host}`)).toMatchObject({ status: 'NXDOMAIN', ede: 3 });
  await until(async () => expect(await isReady()).toBe(true));
}, 240_000);

test('when the API server is back it says so no more, and no query went without an answer', async () => {
  const seen: unknown[] = [];
  const isOver = new AbortController();
  const asking = (async () => {
    while (!isOver.signal.aborted) {
      seen.push(await ask());
      await pause(20);
    }
  })();
  await server.start();
  await until(async () => expect(await ask()).toEqual(fresh));
  isOver.abort();
  await asking;
  expect(seen.length).toBeGreaterThan(5);
  for (const one of seen) expect([stale, fresh]).toContainEqual(one);
}, 240_000);

test('what was deleted meanwhile is gone then', async () => {
  await sidecar.kill();
  await server.kubectl('delete', 'ingress', 'app', '--namespace=web');
  // Its Gslb is made for the Ingress; nobody collects garbage here.
  await server.kubectl('delete', 'gslbs.k8gb.io', 'app', '--namespace=web');
  sidecar = start();
  await until(async () =>
    expect(await ask()).toMatchObject({ status: 'NXDOMAIN', ede: undefined, addresses: [] }),
  );
  const [ingress] = objects().filter(({ kind }) => kind === 'Ingress');
  await server.kubectlWith(stringify(ingress), 'apply', '-f', '-');
  await until(async () => expect(await ask()).toEqual(fresh));
}, 240_000);

test('a file that somebody broke is kept aside, and it is not ready until the API server is there', async () => {
  await until(async () => expect(readFileSync(path, 'utf8')).toContain(`localtargets-${host}`));
  await sidecar.kill();
  await server.stop();
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('192.0.2.1', '192.0.2.9'));
  sidecar = start();
  await until(async () => expect(await ask()).toEqual(notReady));
  expect(sidecar.log()).toContain('the saved state is not used: its checksum is wrong; it is kept aside');
  expect([existsSync(path), existsSync(`${path}.refused`)]).toEqual([false, true]);
  await until(async () => expect(await isReady()).toBe(false));
  await server.start();
  await until(async () => expect(await ask()).toEqual(fresh));
}, 240_000);

test('what is held after a mass delete is held on after a restart, and let go when a person says so', async () => {
  const held = 'held3.cloud.example.com';
  const gslb = (k: number) => ({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: {
      name: `held${k}`,
      namespace: 'web',
      annotations: {
        'k8gb.io/hostname': `held${k}.cloud.example.com`,
        'k8gb.io/exposed-ip-addresses': addresses.join(),
      },
    },
    spec: {
      strategy: { type: 'roundRobin', dnsTtlSeconds: 120 },
      resourceRef: { apiVersion: 'v1', kind: 'Service', name: 'app' },
    },
  });
  const gslbs = Array.from({ length: 12 }, (_, k) => stringify(gslb(k))).join('---\n');
  await server.kubectlWith(gslbs, 'apply', '-f', '-');
  await until(async () => expect(await ask('held11.cloud.example.com')).toEqual(fresh));
  await Promise.all([
    server.kubectlWith(gslbs, 'delete', '-f', '-', '--wait=false'),
    server.kubectl('delete', 'zonedelegations.k8gb.io', 'cloud', '--wait=false'),
  ]);
  await until(async () => expect(readFileSync(path, 'utf8')).toContain('"kind":"ZoneDelegation"'));
  expect(readFileSync(path, 'utf8')).toContain('"hold":{"reason":"MassDelete"');
  await sidecar.kill();
  sidecar = start();
  await until(async () => expect(sidecar.log()).toContain('"answering"'));
  expect(sidecar.log()).toContain('what they answered is held until');
  await until(async () => expect(await ask(held)).toEqual(fresh));
  await sidecar.kill();
  sidecar = start('--mass-delete-hold=0');
  await until(async () => expect(await ask(held)).toMatchObject({ status: 'REFUSED' }));
}, 240_000);

function objects() {
  const metadata = { name: 'app', namespace: 'web' };
  const backend = { service: { name: 'app', port: { number: 80 } } };
  return [
    cloudZone,
    ...application('app'),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        ...metadata,
        annotations: {
          'k8gb.io/strategy': 'roundRobin',
          'k8gb.io/dns-ttl-seconds': '120',
          'k8gb.io/exposed-ip-addresses': addresses.join(),
        },
      },
      spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
    },
  ];
}
