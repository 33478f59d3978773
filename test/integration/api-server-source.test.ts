import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { gslbs } from '#core/api/gslb/schema.ts';
import { type KubeObject, nodes, type Resource, type Service, services } from '#core/api/kubernetes.ts';
import { type ApiServerSourceOptions, apiServerSource } from '#core/source/api-server/source.ts';
import type { Change, Source, WatchOptions } from '#core/source/source.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const crds = join(import.meta.dirname, '../../manifests/gslb/crds');
let server: TestApiServer;
let ended: AbortController;
let said: string[];

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  ended = new AbortController();
  said = [];
});
afterEach(() => ended.abort());

const say = (_: object, message: string): void => void said.push(message);
const open = (more: Partial<ApiServerSourceOptions> = {}) =>
  apiServerSource({
    kubeconfig: server.kubeconfig,
    fieldManager: 'interspan-test',
    identity: 'replica-1',
    log: { debug: say, info: say, warn: say, error: say },
    now: () => performance.now(),
    random: Math.random,
    signal: ended.signal,
    ...more,
  });

function follow<T extends KubeObject>(
  source: Source,
  resource: Resource<T>,
  more: Partial<WatchOptions<T>> = {},
) {
  const changes: string[] = [];
  const onChange = ({ type, object }: Change<T>): void =>
    void changes.push(`${type === 'applied' ? '+' : '-'}${object.metadata.name}`);
  return { changes, watch: source.watch({ resource, onChange, ...more }, ended.signal) };
}
const until = (condition: () => boolean, timeout = 20_000): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout, interval: 10 });

let namespaces = 0;
const newNamespace = async (): Promise<string> => {
  const name = `test-${++namespaces}`;
  await server.kubectl('create', 'namespace', name);
  return name;
};
const service = (namespace: string, name: string, labels: Record<string, string> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name, labels },
  spec: { ports: [{ port: 80 }] },
});

test('a watch tells what is there, then what changes, within its namespace and selector', async () => {
  const namespace = await newNamespace();
  const source = await open();
  await source.create(services, service(namespace, 'a', { tier: 'web' }));
  await source.create(services, service(namespace, 'other'));
  const { watch, changes } = follow(source, services, { namespace, labelSelector: 'tier=web' });
  await watch.synced;
  expect(changes).toEqual(['+a']);
  expect(watch.get(`${namespace}/a`)).toMatchObject({
    apiVersion: 'v1',
    kind: 'Service',
    spec: { type: 'ClusterIP' },
  });
  expect(watch.get(`${namespace}/a`)?.metadata).not.toHaveProperty('managedFields');
  expect(watch.ageMs()).toBeLessThan(5000);
  await source.create(services, service(namespace, 'b', { tier: 'web' }));
  await server.kubectl('label', 'service', '-n', namespace, 'a', 'tier=db', '--overwrite');
  await source.delete(services, `${namespace}/b`);
  await until(() => changes.length === 4);
  expect(changes).toEqual(['+a', '+b', '-a', '-b']);
  expect([...watch.list()]).toEqual([]);
});

test('a list of several pages is read whole', async () => {
  const namespace = await newNamespace();
  const source = await open();
  const names = Array.from({ length: 1100 }, (_, i) => `c${i}`);
  const configMaps: Resource = {
    group: '',
    version: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    namespaced: true,
  };
  for (let i = 0; i < names.length; i += 100) {
    const create = (name: string) =>
      source.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } });
    await Promise.all(names.slice(i, i + 100).map(create));
  }
  const { watch } = follow(source, configMaps, { namespace });
  await watch.synced;
  expect([...watch.list()]).toHaveLength(1100);
  expect(await source.readList(configMaps, { namespace })).toHaveLength(1100);
});

test('an API server that is killed and comes back on the same port is watched on, and nothing is missed', async () => {
  const namespace = await newNamespace();
  const source = await open();
  await source.create(services, service(namespace, 'stays'));
  await source.create(services, service(namespace, 'goes'));
  const { watch, changes } = follow(source, services, { namespace });
  const far = follow(source, nodes);
  await Promise.all([watch.synced, far.watch.synced]);
  changes.length = 0;
  // Moves the cluster's version on behind the back of this watch: it will be too old for the new server's memory.
  await server.kubectl('create', 'configmap', '-n', namespace, 'noise');
  await server.stop();
  await until(() => said.some((text) => text.startsWith('no word from the API server')));
  await server.start();
  await server.kubectl('delete', 'service', '-n', namespace, 'goes');
  await source.create(services, service(namespace, 'comes'));
  await until(() => changes.length >= 2);
  expect(changes.toSorted()).toEqual(['+comes', '-goes']);
  expect(said.filter((text) => text.startsWith('no word from the API server'))).toHaveLength(1);
  expect(said.filter((text) => text === 'the API server answers again')).toHaveLength(1);
  // 410: the new server's memory does not reach back to where this watch was.
  expect(said.filter((text) => text === 'reading the list').length).toBeGreaterThan(2);
  await until(() => far.watch.ageMs() < 5000);
});

test('an API server that is away at the start is waited for', async () => {
  await server.stop();
  const source = await open();
  const { watch } = follow(source, nodes);
  await until(() => said.length > 1);
  expect(watch.ageMs()).toBe(Number.POSITIVE_INFINITY);
  await expect(source.readList(nodes)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  await server.start();
  await watch.synced;
});

test('a resource without its CRD is missing, holds up no other, and is read once the CRD is there', async () => {
  const source = await open();
  const waiting = follow(source, gslbs);
  const other = follow(source, nodes);
  await other.watch.synced;
  await until(() => waiting.watch.missing);
  await expect(source.readList(gslbs)).rejects.toMatchObject({ code: 'notFound' });
  await server.kubectl('apply', '--server-side', '-k', crds);
  await waiting.watch.synced;
  expect(waiting.watch.missing).toBe(false);
  await until(() => said.includes('gslbs.k8gb.io is watched again'));

  await server.kubectlWith(
    'apiVersion: k8gb.io/v1beta1\nkind: Gslb\nmetadata: {name: a}\nspec: {strategy: {type: roundRobin}}\n',
    'apply',
    '-f',
    '-',
  );
  await until(() => waiting.changes.length === 1);
  await server.kubectl('delete', '-k', crds);
  await until(() => waiting.watch.missing);
  expect(waiting.changes).toEqual(['+a', '-a']);
  await server.kubectl('apply', '--server-side', '-k', crds);
  await until(() => !waiting.watch.missing);
});

test('a connection that went dead without a word is cut and made anew', async () => {
  const namespace = await newNamespace();
  const proxy = await deadlyProxy(new URL(server.access.server).port);
  try {
    const kubeconfig = `${server.kubeconfig}.proxied`;
    const text = readFileSync(server.kubeconfig, 'utf8').replaceAll(
      server.access.server,
      `https://127.0.0.1:${proxy.port}`,
    );
    writeFileSync(kubeconfig, text);
    const source = await open({ kubeconfig, timing: { silenceMs: 1500 } });
    const { watch, changes } = follow(source, services, { namespace });
    await watch.synced;
    proxy.freeze();
    await server.kubectlWith(JSON.stringify(service(namespace, 'unseen')), 'create', '-f', '-');
    await until(() => changes.length === 1);
    expect(changes).toEqual(['+unseen']);
  } finally {
    proxy.close();
  }
});

test('apply owns the fields that it gives, and only those', async () => {
  const namespace = await newNamespace();
  const source = await open();
  const wanted = (labels: Record<string, string>): Service => ({ ...service(namespace, 's', labels) });
  await source.apply(services, wanted({ ours: '1', also: '1' }));
  await server.kubectl('label', 'service', '-n', namespace, 's', 'theirs=1');
  await server.kubectl('label', 'service', '-n', namespace, 's', 'ours=2', '--overwrite');
  const applied = await source.apply(services, wanted({ ours: '1' }));
  expect(applied.metadata.labels).toEqual({ ours: '1', theirs: '1' });
  const managers = await server.kubectl(
    'get',
    'service',
    '-n',
    namespace,
    's',
    '--show-managed-fields',
    '-o',
    'jsonpath={.metadata.managedFields[?(@.operation=="Apply")].manager}',
  );
  expect(managers).toBe('interspan-test');
});

test('status is patched beside the spec', async () => {
  await server.kubectl('apply', '--server-side', '-k', crds);
  const namespace = await newNamespace();
  const source = await open();
  const { watch } = follow(source, gslbs, { namespace });
  await watch.synced;
  await source.apply(gslbs, {
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: { namespace, name: 'g' },
    spec: { strategy: { type: 'roundRobin' } },
  });
  const status = {
    geoTag: 'eu',
    serviceHealth: {},
    healthyRecords: { 'a.b': ['1.2.3.4'] },
    observedGeneration: 1,
  };
  await source.patchStatus(gslbs, `${namespace}/g`, status);
  await source.patchStatus(gslbs, `${namespace}/g`, { healthyRecords: { 'a.b': null }, hosts: 'a.b' });
  await until(() => watch.get(`${namespace}/g`)?.status?.hosts === 'a.b');
  expect(watch.get(`${namespace}/g`)).toMatchObject({
    metadata: { generation: 1 },
    status: { geoTag: 'eu', healthyRecords: {} },
  });
  await expect(source.patchStatus(gslbs, `${namespace}/none`, status)).rejects.toMatchObject({
    code: 'notFound',
  });
  await expect(source.patchStatus(gslbs, `${namespace}/g`, { geoTag: 5 })).rejects.toMatchObject({
    code: 'invalid',
  });
});

test('what is deleted is the very object that was meant; one that is gone is fine', async () => {
  const namespace = await newNamespace();
  const source = await open();
  const made = await source.create(services, service(namespace, 's'));
  await expect(source.create(services, service(namespace, 's'))).rejects.toMatchObject({ code: 'conflict' });
  await expect(source.delete(services, `${namespace}/s`, { uid: 'another' })).rejects.toMatchObject({
    code: 'conflict',
  });
  await source.delete(services, `${namespace}/s`, { uid: made.metadata.uid as string });
  await source.delete(services, `${namespace}/s`);
  await expect(source.get(services, `${namespace}/s`)).rejects.toMatchObject({ code: 'notFound' });
});

test('an event that repeats is one record with a count', async () => {
  const namespace = await newNamespace();
  const source = await open();
  const about = await source.create(services, service(namespace, 's'));
  const event = { type: 'Warning', reason: 'HostConflict', message: 'taken', about } as const;
  for (let i = 0; i < 9; i++) await source.recordEvent(event);
  const listed = JSON.parse(await server.kubectl('get', 'events', '-n', namespace, '-o', 'json')).items;
  expect(listed).toHaveLength(1);
  expect(listed[0]).toMatchObject({
    count: 8,
    reason: 'HostConflict',
    involvedObject: { kind: 'Service', name: 's' },
  });
  expect(await server.kubectl('describe', 'service', '-n', namespace, 's')).toContain('(x8 over');
});

test('what is not allowed says the command that shows it, and leaves the rest alone', async () => {
  const namespace = await newNamespace();
  await server.kubectl(
    'create',
    'clusterrole',
    `reader-${namespace}`,
    '--verb=list,watch',
    '--resource=services',
  );
  await server.kubectl(
    'create',
    'clusterrolebinding',
    `reader-${namespace}`,
    `--clusterrole=reader-${namespace}`,
    '--user=eve',
  );
  const kubeconfig = `${server.kubeconfig}.eve`;
  writeFileSync(
    kubeconfig,
    readFileSync(server.kubeconfig, 'utf8').replace(/( +)client-key-data:/, '$1as: eve\n$1client-key-data:'),
  );
  const source = await open({ kubeconfig });
  const denied = follow(source, nodes);
  const allowed = follow(source, services);
  await allowed.watch.synced;
  await until(() => said.some((text) => text.includes('kubectl auth can-i list nodes --as=eve')));
  expect(denied.watch.missing).toBe(false);
  await expect(source.apply(services, service(namespace, 's'))).rejects.toMatchObject({
    code: 'forbidden',
    retryable: false,
    hint: `kubectl auth can-i patch services --namespace=${namespace} --as=eve`,
  });
});

/** A TCP proxy that can stop passing bytes on its open connections without closing them. */
async function deadlyProxy(target: string) {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((client) => {
    const upstream = connect(Number(target), '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as { port: number }).port,
    freeze: () => {
      for (const socket of sockets) socket.removeAllListeners('data').resume();
    },
    close: () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
