import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { cloudZone } from '#test/support/served-objects.ts';
import { type SidecarProgram, startSidecarProgram } from '#test/support/sidecar-program.ts';
import { freePort } from '#tools/host/free-port.ts';

const nodes = ['127.1.0.2', '127.1.0.3'] as const;
const [first, second] = nodes;
const folder = mkdtempSync(join(tmpdir(), 'probes-'));
const servers = new Map<string, Server>();
const dns = new Resolver({ timeout: 1_000, tries: 1 });
let port = 0;
let health = 200;
let sidecar: SidecarProgram;

/** An ingress that answers every host, and /health as told. */
async function serve(address: string): Promise<void> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? health : 200).end();
  });
  server.on('connection', (socket) => socket.on('error', () => undefined));
  servers.set(address, server);
  server.listen(port, address);
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
}

async function stop(address: string): Promise<void> {
  const server = servers.get(address) as Server;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

const gslb = (name: string) => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { name, namespace: 'web' },
  spec: {
    strategy: { type: 'roundRobin' },
    ingress: {
      rules: [
        {
          host: `${name}.cloud.example.com`,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'app', port: { number: 80 } } } },
            ],
          },
        },
      ],
    },
  },
});

const objects = () => [
  cloudZone,
  ...nodes.flatMap((address, index) => [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `n${index}` },
      status: { addresses: [{ type: 'InternalIP', address }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `ingress-${index}`, namespace: 'ingress', labels: { app: 'ingress' } },
      spec: { nodeName: `n${index}`, hostNetwork: true, containers: [] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
  ]),
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'app', namespace: 'web' }, spec: {} },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'app-1', namespace: 'web', labels: { 'kubernetes.io/service-name': 'app' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
  },
  gslb('app'),
  gslb('strict'),
  {
    apiVersion: 'interspan.dev/v1alpha1',
    kind: 'GslbPolicy',
    metadata: { name: 'strict', namespace: 'web' },
    spec: { targetRefs: [{ name: 'strict' }], probe: { type: 'HTTP', port, path: '/health' } },
  },
];

beforeAll(async () => {
  for (const address of nodes) await serve(address);
  writeFileSync(
    join(folder, 'all.yaml'),
    objects()
      .map((object) => stringify(object))
      .join('---\n'),
  );
  const listen = `127.0.0.1:${await freePort()}`;
  dns.setServers([listen]);
  sidecar = startSidecarProgram(
    ...['--geotag=eu', `--from=${folder}`, `--listen=${listen}`, '--ingress-selector=app=ingress'],
    `--probe=tcp:${port}`,
  );
  await answers('app', nodes);
  // Every target has passed once.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
});
afterAll(async () => {
  await sidecar?.end();
  for (const server of servers.values()) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const answer = async (name: string): Promise<readonly string[]> =>
  (await dns.resolve4(`${name}.cloud.example.com`).catch(() => [])).sort();

/** Waits until a host answers so; returns after how long, ms. */
async function answers(name: string, addresses: readonly string[]): Promise<number> {
  const begin = performance.now();
  await vi.waitFor(async () => expect(await answer(name), sidecar.output.join('')).toEqual(addresses), {
    timeout: 20_000,
    interval: 20,
  });
  return performance.now() - begin;
}

test('a node that refuses leaves the answers of all its hosts, and is held for 5 s when it is back', async () => {
  await stop(second);
  const times = await Promise.all(['app', 'strict'].map((name) => answers(name, [first])));
  expect(Math.max(...times)).toBeLessThan(4_000);
  await serve(second);
  const back = await Promise.all(['app', 'strict'].map((name) => answers(name, nodes)));
  expect(Math.min(...back)).toBeGreaterThan(5_000);
}, 30_000);

test('a host whose server says everywhere that it cannot is not answered, and the others are', async () => {
  health = 503;
  expect(await answers('strict', [])).toBeLessThan(5_000);
  expect(await answer('app')).toEqual(nodes);
  health = 200;
  await answers('strict', nodes);
}, 30_000);

test('when every node refuses, the probes are doubted and all addresses stay', async () => {
  for (const address of nodes) await stop(address);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect(await answer('app')).toEqual(nodes);
  expect(await answer('strict')).toEqual(nodes);
});
