import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { lead } from '#agent/wiring/lead.ts';
import { watchLiqo } from '#agent/wiring/liqo-present.ts';
import { foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { apiVersion } from '#core/api/resource.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { applyOffloadManifests } from '#test/support/tenant-world.ts';
import { accountCredentials } from '#test/support/token-credentials.ts';

/* The whole agent, with the rights of the manifests, beside a Deployment that has the name of Liqo's engine. */

const namespace = 'offload-system';
const ended = new AbortController();
const lines: string[] = [];
const log = createLogger({ name: 'test', destination: { write: (text: string) => lines.push(text) } });
const until = { timeout: 30_000, interval: 50 };
let server: TestApiServer;
let admin: ApiServerSource;
let agent: ApiServerSource;

beforeAll(async () => {
  server = await startApiServer();
  await applyOffloadManifests(server);
  await server.kubectl('create', 'namespace', 'liqo');
  const common = {
    fieldManager: 'offload-agent',
    identity: 'test',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal: ended.signal,
  };
  admin = await apiServerSource({ ...common, kubeconfig: server.kubeconfig });
  agent = await apiServerSource({
    ...common,
    credentials: await accountCredentials(server, namespace, 'offload-agent'),
  });
  await admin.apply({ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'offload-cluster' },
    data: { clusterID: 'eu' },
  } as never);
});
afterAll(async () => {
  ended.abort();
  await server?.[Symbol.asyncDispose]();
});

const acted = (): number => lines.filter((line) => line.includes('this replica acts')).length;
const conditions = async () => (await admin.get(foreignClusters, 'us')).status?.conditions ?? [];

test('where Liqo comes the agent stops and says so, and goes on when Liqo has gone', async () => {
  const running = new AbortController();
  const liqo = watchLiqo(agent, running.signal);
  const endpoint = { address: '127.0.0.1', port: 0 };
  const flags = {
    program: 'agent',
    kubeconfig: undefined,
    context: undefined,
    health: endpoint,
    kubelet: endpoint,
    gateway: endpoint,
    logFormat: 'json',
    logLevel: 'info',
  } as const;
  const replica = { identity: 'test', namespace, address: '127.0.0.1' };
  await server.kubectl('create', 'deployment', 'another', '-n', 'liqo', '--image=a');
  const ending = lead({ flags, replica, source: agent, liqo, log, version: 'test' }, running.signal);
  await vi.waitFor(() => expect(acted()).toBe(1), until);
  expect(liqo.present()).toBeUndefined();

  const labels = { 'app.kubernetes.io/managed-by': 'interspan' };
  const object = { apiVersion: apiVersion(foreignClusters), kind: 'ForeignCluster' };
  await server.kubectl('create', 'deployment', 'liqo-controller-manager', '-n', 'liqo', '--image=a');
  await vi.waitFor(() => expect(liqo.present()).toContain('in namespace liqo'), until);
  const events = async () =>
    (await server.kubectl('get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].reason}')).split(' ');
  await vi.waitFor(async () => expect(await events()).toContain('LiqoPresent'), until);

  // A replica that takes over says it on what the last one left.
  running.abort();
  await ending;
  await admin.create(foreignClusters, {
    ...object,
    metadata: { name: 'us', labels },
    spec: { clusterID: 'us' },
  });
  const next = new AbortController();
  const again = watchLiqo(agent, next.signal);
  const second = lead({ flags, replica, source: agent, liqo: again, log, version: 'test' }, next.signal);
  await vi.waitFor(
    async () =>
      expect(await conditions()).toEqual([
        expect.objectContaining({ type: 'LiqoPresent', status: 'True' }),
        expect.objectContaining({ type: 'Ready', status: 'False', reason: 'LiqoPresent' }),
      ]),
    until,
  );
  expect(acted()).toBe(1);

  await server.kubectl('delete', 'deployment', 'liqo-controller-manager', '-n', 'liqo');
  await vi.waitFor(() => expect(acted()).toBe(2), until);
  expect(again.present()).toBeUndefined();
  next.abort();
  await second;
}, 120_000);
