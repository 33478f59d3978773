import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Grant, LinkState, ProviderLink } from '#agent/model/provider-link.ts';
import { startNode, type VirtualNodeHandle } from '#agent/node/start-node.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const crds = join(import.meta.dirname, '../../manifests/offload/crds');
const rights = join(import.meta.dirname, '../../manifests/offload/rbac.yaml');
const allowed = { key: 'virtual-node.liqo.io/not-allowed', value: 'true', effect: 'NoExecute' };
const lostKey = 'offloading.interspan.dev/provider-unreachable';

let server: TestApiServer;
let source: ApiServerSource;
let ended: AbortController;
let count = 0;

beforeAll(async () => {
  server = await startApiServer();
  await server.kubectl('apply', '--server-side', '-k', crds);
  await server.kubectl('create', 'namespace', 'offload-system');
  await server.kubectl('apply', '--server-side', '-f', rights);
  // The agent's account, with the rights that the manifests give it.
  const user = '$1as: system:serviceaccount:offload-system:offload-agent\n$1client-key-data:';
  const text = readFileSync(server.kubeconfig, 'utf8').replace(/( +)client-key-data:/, user);
  writeFileSync(`${server.kubeconfig}.agent`, text);
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  ended = new AbortController();
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  source = await apiServerSource({
    kubeconfig: `${server.kubeconfig}.agent`,
    fieldManager: 'offload-agent',
    identity: 'replica-1',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal: ended.signal,
  });
});
afterEach(() => ended.abort());

/** A provider that the test plays, and its node, begun anew as often as the test likes. */
async function provider() {
  const clusterID = `us-${++count}`;
  const tenantNamespace = `liqo-tenant-${clusterID}`;
  await server.kubectl('create', 'namespace', tenantNamespace);
  let state: LinkState = { kind: 'connected' };
  let grant: Grant = {
    providerClusterID: clusterID,
    providerClusterUID: 'u',
    resources: { cpu: '4000m', memory: '8Gi', pods: '110' },
    nodeLabels: { 'topology.liqo.io/region': 'south' },
    kubeletVersion: 'v1.36.3',
    architecture: 'amd64',
  };
  const listeners = new Set<() => void>();
  let peering = new AbortController();
  const namespaces = new Set<string>();
  const link = (): ProviderLink => ({
    clusterID,
    nodeName: `liqo-${clusterID}`,
    tenantNamespace,
    remoteTenantNamespace: 'liqo-tenant-x',
    remote: source,
    credentials: undefined as never,
    grant: () => grant,
    state: () => state,
    onChange: (listener, signal) => {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener));
    },
    signal: peering.signal,
  });
  const start = (): VirtualNodeHandle =>
    startNode(
      {
        source,
        link: link(),
        clusterID: 'eu',
        kubelet: () => ({ address: '10.0.0.7', port: 10250 }),
        namespaces: () => [...namespaces],
        networkUp: () => true,
        log: { debug: say, info: say, warn: say, error: say },
        random: Math.random,
        now: () => performance.now(),
        wallClock: Date.now,
      },
      ended.signal,
    );
  const said: string[] = [];
  const say = (_: object, message: string): void => void said.push(message);
  return {
    name: `liqo-${clusterID}`,
    clusterID,
    tenantNamespace,
    namespaces,
    said,
    start,
    set: (next: { readonly state?: LinkState; readonly grant?: Partial<Grant> }) => {
      state = next.state ?? state;
      grant = { ...grant, ...next.grant };
      for (const listener of listeners) listener();
    },
    stop: () => {
      peering.abort();
      peering = new AbortController();
    },
    // biome-ignore lint/suspicious/noExplicitAny: what kubectl prints
    get: async (what: string, ...more: readonly string[]): Promise<any> =>
      JSON.parse(await server.kubectl('get', what, ...more, '-o', 'json')),
  };
}
const until = (check: () => Promise<unknown>, timeout = 20_000): Promise<unknown> =>
  vi.waitFor(check, { timeout, interval: 50 });

test('a provider is a node with role agent, Ready, with a Lease of its own, a VirtualNode and a ResourceSlice', async () => {
  const us = await provider();
  us.namespaces.add('podinfo');
  await us.start().ready;
  const node = await us.get('node', us.name);
  expect(node.metadata.labels).toMatchObject({
    'liqo.io/type': 'virtual-node',
    'liqo.io/remote-cluster-id': us.clusterID,
    'topology.liqo.io/region': 'south',
    'namespace.offloading.interspan.dev/podinfo': 'true',
  });
  expect(node.spec.taints).toContainEqual(allowed);
  expect(node.spec).not.toHaveProperty('providerID');
  expect(node.status).toMatchObject({
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    addresses: [
      { type: 'InternalIP', address: '10.0.0.7' },
      { type: 'Hostname', address: us.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  });
  expect(await server.kubectl('get', 'node', us.name, '--no-headers')).toMatch(
    new RegExp(`^${us.name} +Ready +agent +\\S+ +v1\\.36\\.3`),
  );
  await until(async () => {
    const lease = await us.get('lease', us.name, '-n', 'kube-node-lease');
    expect(lease.spec).toMatchObject({ holderIdentity: us.name, leaseDurationSeconds: 40 });
    expect(lease.metadata.ownerReferences).toMatchObject([{ kind: 'Node', uid: node.metadata.uid }]);
  });
  await until(async () => {
    const view = await us.get('virtualnode', us.name, '-n', us.tenantNamespace);
    expect(view.spec).toMatchObject({
      clusterID: us.clusterID,
      createNode: true,
      resourceQuota: { hard: { cpu: '4000m' } },
    });
    expect(view.spec.labels).toMatchObject({
      'topology.liqo.io/region': 'south',
      'liqo.io/type': 'virtual-node',
    });
    expect(Object.keys(view.spec.labels).filter((key) => key.startsWith('namespace.'))).toEqual([]);
    expect(view.status.conditions).toMatchObject([
      { type: 'VirtualKubelet', status: 'Running' },
      { type: 'Node', status: 'Running' },
    ]);
  });
  await until(async () => {
    const slice = await us.get(
      'resourceslices.authentication.liqo.io',
      us.clusterID,
      '-n',
      us.tenantNamespace,
    );
    expect(slice.spec).toMatchObject({
      consumerClusterID: 'eu',
      providerClusterID: us.clusterID,
      class: 'default',
    });
    expect(slice.status.conditions).toMatchObject([
      { type: 'Authentication', status: 'Accepted' },
      { type: 'Resources', status: 'Accepted' },
    ]);
    expect(slice.status.resources).toMatchObject({ memory: '8Gi' });
  });
});

test('a node that anybody deletes is back within a second, whole; one that we remove is gone with all that is its', async () => {
  const us = await provider();
  us.namespaces.add('podinfo');
  const handle = us.start();
  await handle.ready;
  const before = (await us.get('node', us.name)).metadata.uid;
  await server.kubectl('delete', 'node', us.name);
  const deleted = performance.now();
  await until(async () => {
    const node = await us.get('node', us.name);
    expect(node.metadata.uid).not.toBe(before);
    expect(node.spec.taints).toContainEqual(allowed);
    expect(node.metadata.labels['namespace.offloading.interspan.dev/podinfo']).toBe('true');
    expect(node.status.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' });
  });
  expect(performance.now() - deleted).toBeLessThan(1000);

  await handle.remove();
  await handle.remove();
  await handle.drained;
  const left = await server.kubectl(
    'get',
    'node,virtualnodes,resourceslices.authentication.liqo.io,leases',
    '-A',
    '-o',
    'name',
  );
  expect(left).not.toContain(us.clusterID);
});

test('labels and taints of people stay, labels of namespaces that are ended go, also after a restart', async () => {
  const us = await provider();
  us.namespaces.add('a').add('b');
  const first = us.start();
  await first.ready;
  await server.kubectl('label', 'node', us.name, 'people=1');
  await server.kubectl('label', 'node', us.name, 'topology.liqo.io/region=north', '--overwrite');
  await server.kubectl('taint', 'node', us.name, 'people=1:NoSchedule');
  us.stop();
  await first.drained;
  us.namespaces.delete('a');
  const second = us.start();
  await second.ready;
  await until(async () => {
    const { metadata, spec } = await us.get('node', us.name);
    expect(metadata.labels).toMatchObject({ people: '1', 'topology.liqo.io/region': 'south' });
    expect(Object.keys(metadata.labels).filter((key) => key.startsWith('namespace.'))).toEqual([
      'namespace.offloading.interspan.dev/b',
    ]);
    expect(spec.taints).toContainEqual(allowed);
    expect(spec.taints).toContainEqual({ key: 'people', value: '1', effect: 'NoSchedule' });
  });
  await server.kubectl('taint', 'node', us.name, 'virtual-node.liqo.io/not-allowed-');
  us.namespaces.delete('b');
  second.touch();
  await until(async () => {
    const { metadata, spec } = await us.get('node', us.name);
    expect(metadata.labels).not.toHaveProperty(['namespace.offloading.interspan.dev/b']);
    expect(spec.taints).toContainEqual(expect.objectContaining(allowed));
    expect(spec.taints).toContainEqual({ key: 'people', value: '1', effect: 'NoSchedule' });
  });
});

test('a provider that is lost is told at once, tainted after five seconds, and clean when it is back', async () => {
  const us = await provider();
  await us.start().ready;
  const renewed = async () => (await us.get('lease', us.name, '-n', 'kube-node-lease')).spec.renewTime;
  const sinceMs = performance.now() - 3000;
  us.set({ state: { kind: 'unreachable', sinceMs, message: 'no answer of 10.1.1.1:6443' } });
  await until(async () => {
    const { status, spec } = await us.get('node', us.name);
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'ProviderUnreachable',
        message: 'no answer of 10.1.1.1:6443',
      }),
    );
    expect(spec.taints).not.toContainEqual(expect.objectContaining({ key: lostKey }));
  }, 1500);
  await until(async () =>
    expect((await us.get('node', us.name)).spec.taints).toContainEqual(
      expect.objectContaining({ key: lostKey, effect: 'NoExecute', timeAdded: expect.any(String) }),
    ),
  );
  expect(performance.now() - sinceMs).toBeGreaterThanOrEqual(5000);
  const lease = await renewed();
  await until(async () => expect(await renewed()).not.toBe(lease));
  us.set({ state: { kind: 'connected' } });
  await until(async () => {
    const { spec, status } = await us.get('node', us.name);
    expect(spec.taints).not.toContainEqual(expect.objectContaining({ key: lostKey }));
    expect(status.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' });
  });
});

test('a node that stands is not written again; a grant that changes is, everywhere', async () => {
  const us = await provider();
  const handle = us.start();
  await handle.ready;
  const versions = async () => [
    (await us.get('node', us.name)).metadata.resourceVersion,
    (await us.get('virtualnode', us.name, '-n', us.tenantNamespace)).metadata.resourceVersion,
    (await us.get('resourceslices.authentication.liqo.io', us.clusterID, '-n', us.tenantNamespace)).metadata
      .resourceVersion,
  ];
  await until(async () => {
    const earlier = await versions();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await versions()).toEqual(earlier);
  });
  const quiet = await versions();
  for (let i = 0; i < 5; i++) {
    handle.touch();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await versions()).toEqual(quiet);
  us.set({ grant: { resources: { cpu: '2', memory: '1Gi', pods: '10' }, nodeLabels: {} } });
  await until(async () => {
    expect((await us.get('node', us.name)).status.allocatable).toEqual({
      cpu: '2',
      memory: '1Gi',
      pods: '10',
    });
    const view = await us.get('virtualnode', us.name, '-n', us.tenantNamespace);
    expect(view.spec.resourceQuota.hard.cpu).toBe('2');
    const slice = await us.get(
      'resourceslices.authentication.liqo.io',
      us.clusterID,
      '-n',
      us.tenantNamespace,
    );
    expect(slice.status.resources.pods).toBe('10');
    expect(slice.status.nodeLabels ?? {}).toEqual({});
    expect(view.spec.labels).not.toHaveProperty(['topology.liqo.io/region']);
  });
});

test('a cordoned node takes no pods; somebody else’s node of the name is left alone', async () => {
  const us = await provider();
  const handle = us.start();
  await handle.ready;
  handle.cordon();
  await until(async () => expect((await us.get('node', us.name)).spec.unschedulable).toBe(true));

  const other = await provider();
  await server.kubectlWith(
    JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: other.name, labels: { real: '1' } } }),
    'create',
    '-f',
    '-',
  );
  const refused = other.start();
  await until(async () => expect(other.said).toContain("a virtual node's node was not written"));
  const node = await other.get('node', other.name);
  expect(node.metadata.labels).toEqual({ real: '1' });
  expect(node.spec.taints ?? []).not.toContainEqual(allowed);
  await refused.remove();
  expect((await other.get('node', other.name)).metadata.uid).toBe(node.metadata.uid);
  expect(await server.kubectl('get', 'leases', '-n', 'kube-node-lease', '-o', 'name')).not.toContain(
    other.name,
  );
});
