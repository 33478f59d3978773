import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { type ObservedCluster, observeCluster } from '#test/support/observe-cluster.ts';
import { cloudZone } from '#test/support/served-objects.ts';

/*
 * What kubectl writes of GslbPolicy and GslbCluster, as the observer sees it with the rights that the sidecar has:
 * before their CRDs are there, and after.
 */

const crds = join(import.meta.dirname, '../../manifests/gslb/crds');
let server: TestApiServer;
let observer: ObservedCluster['observer'];
let changes: ObservedCluster['changes'];
const ended = new AbortController();

beforeAll(async () => {
  server = await startApiServer();
  for (const kind of ['gslbs', 'zonedelegations'])
    await server.kubectl('apply', '-f', join(crds, `${kind}.k8gb.io.yaml`));
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await server.kubectl('create', 'namespace', 'web');
  await apply(
    cloudZone,
    ...['app', 'other'].map((name) => ({
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { name, namespace: 'web' },
      spec: {
        strategy: { type: 'roundRobin', weight: { EU: 3, us: 1 } },
        ingress: { rules: [{ host: `${name}.cloud.example.com`, http: { paths: [] } }] },
      },
    })),
  );
  ({ observer, changes } = await observeCluster(server, ended.signal));
});
afterAll(async () => {
  ended.abort();
  await server?.[Symbol.asyncDispose]();
});

const apply = (...objects: readonly unknown[]) =>
  server.kubectlWith(objects.map((object) => stringify(object)).join('---\n'), 'apply', '-f', '-');
const until = (assert: () => void) => vi.waitFor(assert, { timeout: 20_000, interval: 20 });
const host = (name: string) => observer.view().hosts.get(`${name}.cloud.example.com`);
const policy = (name: string, spec: object, target = 'app') => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbPolicy',
  metadata: { name, namespace: 'web' },
  spec: { targetRefs: [{ name: target }], ...spec },
});
const cluster = (name: string, spec: object) => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbCluster',
  metadata: { name },
  spec,
});
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

test('nothing waits for CRDs that are not there', async () => {
  const begun = performance.now();
  await observer.synced;
  expect(performance.now() - begun).toBeLessThan(5000);
  await until(() => expect(host('app')).toMatchObject({ strategy: { weights: { eu: 3, us: 1 } } }));
  expect(host('app')).not.toHaveProperty('policy');
  expect(observer.view().clusters.size).toBe(0);
});

test('once they are installed, a policy reaches its hosts and no others', async () => {
  await server.kubectl('apply', '-k', crds);
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await apply(policy('order', { failover: { order: ['us', 'af'] }, addresses: ['192.0.2.7'] }));
  await until(() => expect(host('app')?.policy).toMatchObject({ order: ['us', 'af'] }));
  expect(host('app')?.addresses).toEqual(['192.0.2.7']);
  expect(host('other')).not.toHaveProperty('policy');
  expect(observer.policyVerdict('web/order')).toMatchObject({
    accepted: true,
    targets: [{ name: 'app', hosts: ['app.cloud.example.com'] }],
  });
  changes.length = 0;
  await server.kubectl('patch', 'gslbpolicy', 'order', '-nweb', '--type=merge', '-p', '{"spec":{"limit":1}}');
  await until(() => expect(host('app')?.policy?.limit).toBe(1));
  expect(changes.flatMap(({ hosts }) => [...hosts])).toEqual(['app.cloud.example.com']);
});

test('a second policy for the same hosts is in conflict, and counts when the first one goes', async () => {
  // Ages are told apart by the second.
  await pause(1100);
  await apply(policy('again', { limit: 2 }));
  await until(() =>
    expect(observer.policyVerdict('web/again')).toMatchObject({ accepted: false, reason: 'Conflicted' }),
  );
  await server.kubectl('delete', 'gslbpolicy', 'order', '-nweb');
  await until(() => expect(host('app')?.policy).toMatchObject({ limit: 2 }));
  expect(observer.policyVerdict('web/again')).toMatchObject({ accepted: true });
  expect(observer.policyVerdict('web/order')).toBeUndefined();
});

test('the drain of a cluster is seen, and ends by itself at its time', async () => {
  const until2 = inSeconds(3);
  await apply(cluster('us', { override: { state: 'Drained', until: until2, reason: 'upgrade' } }));
  await until(() =>
    expect(observer.view().clusters.get('us')?.override).toMatchObject({
      state: 'drained',
      untilMs: Date.parse(until2),
      reason: 'upgrade',
      origin: 'GslbCluster us',
    }),
  );
  changes.length = 0;
  await until(() => expect(observer.view().clusters.get('us')).toEqual({}));
  expect(Date.now() - Date.parse(until2)).toBeGreaterThanOrEqual(0);
  expect(Date.now() - Date.parse(until2)).toBeLessThan(2000);
  const [change] = changes;
  expect([...(change?.clusters ?? [])]).toEqual(['us']);
  expect(change?.hosts.size).toBe(2);
});

test('a drain says since when by the status, whatever was seen', async () => {
  await apply(cluster('af', { override: { state: 'Drained' } }));
  await until(() => expect(observer.view().clusters.get('af')?.override).toBeDefined());
  const since = new Date(Math.floor(Date.now() / 1000 - 60) * 1000).toISOString();
  const status = { override: { state: 'Drained', since } };
  await server.kubectl(
    ...(['patch', 'gslbcluster', 'af', '--subresource=status', '--type=merge', '-p'] as const),
    JSON.stringify({ status }),
  );
  await until(() => expect(observer.view().clusters.get('af')?.override?.sinceMs).toBe(Date.parse(since)));
});

test('the place of a cluster is seen', async () => {
  await apply(cluster('asia', { location: { country: 'JP', continent: 'AS' } }));
  await until(() =>
    expect(observer.view().clusters.get('asia')).toEqual({ place: { country: 'JP', continent: 'AS' } }),
  );
});
