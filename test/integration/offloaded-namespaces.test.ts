import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { LinkState, NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { type Namespaces, startNamespaces } from '#agent/namespaces/start-namespaces.ts';
import { type NamespaceMap, namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { virtualNodes } from '#core/api/offload/virtual-node.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const crds = join(import.meta.dirname, '../../manifests/offload/crds');
const rights = join(import.meta.dirname, '../../manifests/offload/rbac.yaml');
const twinPhase = 'Accepted';
let consumer: TestApiServer;
let far: TestApiServer;
let here: ApiServerSource;
let there: ApiServerSource;
let agent: ApiServerSource;
let ended: AbortController;
let run: AbortController;
let given: Map<string, readonly NamespacePair[]>;
let calls: string[];
let room: Namespaces;
let count = 0;

const say = (): void => undefined;
const log = { debug: say, info: say, warn: say, error: say };
/** As the administrator, or as an account with the rights that the manifests give it. */
const open = (server: TestApiServer, account?: string) =>
  apiServerSource({
    kubeconfig: account === undefined ? server.kubeconfig : kubeconfigAs(server, account),
    fieldManager: 'offload-agent',
    identity: 'replica-1',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal: ended.signal,
  });

function kubeconfigAs(server: TestApiServer, account: string): string {
  const path = `${server.kubeconfig}.${account.replaceAll(':', '-')}`;
  const user = `$1as: system:serviceaccount:${account}\n$1client-key-data:`;
  writeFileSync(path, readFileSync(server.kubeconfig, 'utf8').replace(/( +)client-key-data:/, user));
  return path;
}

beforeAll(async () => {
  [consumer, far] = await Promise.all([startApiServer(), startApiServer()]);
  const install = async (server: TestApiServer): Promise<void> => {
    await server.kubectl('apply', '--server-side', '-k', crds);
    await server.kubectl('create', 'namespace', 'offload-system');
    await server.kubectl('apply', '--server-side', '-f', rights);
  };
  await Promise.all([consumer, far].map(install));
});
afterAll(() => Promise.all([consumer, far].map((server) => server?.[Symbol.asyncDispose]())));
beforeEach(async () => {
  ended = new AbortController();
  [here, there, agent] = await Promise.all([
    open(consumer),
    open(far),
    open(consumer, 'offload-system:offload-agent'),
  ]);
  begin();
});
afterEach(async () => {
  await end();
  await consumer.kubectl('delete', 'virtualnodes,namespaceoffloadings', '-A', '--all', '--wait=false');
  for (const { metadata } of await here.readList(namespaceOffloadings)) {
    await here.patch(namespaceOffloadings, `${metadata.namespace}/${metadata.name}`, {
      metadata: { finalizers: null },
    });
  }
  ended.abort();
});

function begin(): void {
  run = new AbortController();
  given = new Map();
  calls = [];
  room = startNamespaces(
    {
      source: agent,
      clusterID: 'eu',
      serviceAccount: { namespace: 'offload-system', name: 'offload-agent' },
      log,
      random: Math.random,
      wallClock: Date.now,
      onPairs: (id, pairs) => {
        given.set(id, pairs);
        calls.push(`${id}: ${pairs.map(({ local }) => local).join(' ')}`);
      },
    },
    run.signal,
  );
}
async function end(): Promise<void> {
  run.abort();
  await room.drained;
}

/** A provider of which the test is the agent. */
async function provider(region = 'south') {
  const clusterID = `us-${++count}`;
  const link = { state: { kind: 'connected' } as LinkState, listeners: new Set<() => void>() };
  const [tenantNamespace, remoteTenantNamespace] = [`liqo-tenant-${clusterID}`, `liqo-tenant-x${count}`];
  await consumer.kubectl('create', 'namespace', tenantNamespace);
  await far.kubectl('create', 'namespace', remoteTenantNamespace);
  await here.apply(virtualNodes, {
    apiVersion: 'offloading.liqo.io/v1beta1',
    kind: 'VirtualNode',
    metadata: { name: `liqo-${clusterID}`, namespace: tenantNamespace },
    spec: { clusterID, labels: { region } },
  } as Parameters<typeof here.apply>[1]);
  const key = `${remoteTenantNamespace}/peering`;
  await far.kubectl(
    'create',
    'rolebinding',
    'tenant',
    '-n',
    remoteTenantNamespace,
    '--clusterrole=offload-tenant-in-tenant',
    `--serviceaccount=${remoteTenantNamespace}:tenant`,
  );
  const asLink: ProviderLink = {
    clusterID,
    nodeName: `liqo-${clusterID}`,
    tenantNamespace,
    remoteTenantNamespace,
    remote: await open(far, `${remoteTenantNamespace}:tenant`),
    credentials: undefined as never,
    grant: () => {
      throw new Error('not asked for');
    },
    state: () => link.state,
    onChange: (listener) => void link.listeners.add(listener),
    signal: new AbortController().signal,
  };
  return {
    clusterID,
    tenantNamespace,
    link: asLink,
    set: (state: LinkState) => {
      link.state = state;
      for (const listener of link.listeners) listener();
    },
    asked: async () => (await there.get(namespaceMaps, key)).spec?.desiredMapping,
    answer: (currentMapping: NonNullable<NamespaceMap['status']>['currentMapping'] | Record<string, null>) =>
      there.patchStatus(namespaceMaps, key, { currentMapping }),
    mirror: () => here.get(namespaceMaps, `${tenantNamespace}/${clusterID}`),
  };
}
async function offload(
  spec: NonNullable<NamespaceOffloading['spec']> = {},
  name = `shop-${++count}`,
): Promise<string> {
  await consumer.kubectl('create', 'namespace', name).catch(() => undefined);
  await here.create(namespaceOffloadings, {
    apiVersion: 'offloading.liqo.io/v1beta1',
    kind: 'NamespaceOffloading',
    metadata: { name: 'offloading', namespace: name },
    spec,
  } as NamespaceOffloading);
  return name;
}
const until = (check: () => Promise<unknown> | unknown, timeout = 15_000): Promise<unknown> =>
  vi.waitFor(check, { timeout, interval: 50 });
const status = async (namespace: string) =>
  (await here.get(namespaceOffloadings, `${namespace}/offloading`)).status;
const phase = (namespace: string, want: string) =>
  until(async () => expect((await status(namespace))?.offloadingPhase).toBe(want));
const labelsOf = async (namespace: string): Promise<Record<string, string>> =>
  JSON.parse(await consumer.kubectl('get', 'namespace', namespace, '-o', 'json')).metadata.labels;
const bound = (namespace: string) =>
  consumer.kubectl('get', 'rolebindings', '-n', namespace, '-o', 'name', '--ignore-not-found');
const south = (operator = 'In') => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: 'region', operator, values: ['south'] }] }],
});

test('a namespace is asked for, given as a pair once it is accepted, and ended when its offload is deleted', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const shop = await offload();
  await until(async () => expect(await us.asked()).toEqual({ [shop]: `${shop}-eu` }));
  await phase(shop, 'InProgress');
  expect(given.get(us.clusterID) ?? []).toEqual([]);
  expect(await labelsOf(shop)).toMatchObject({
    'liqo.io/scheduling-enabled': 'true',
    'offloading.interspan.dev/strategy': 'LocalAndRemote',
  });
  await us.answer({ [shop]: { remoteNamespace: `${shop}-eu`, phase: twinPhase } });
  await phase(shop, 'Ready');
  expect(given.get(us.clusterID)).toEqual([{ local: shop, remote: `${shop}-eu` }]);
  expect(await bound(shop)).toContain('offload-consumer-namespace');
  expect(await status(shop)).toMatchObject({
    remoteNamespaceName: `${shop}-eu`,
    observedGeneration: 1,
    remoteNamespacesConditions: {
      [us.clusterID]: [
        { type: 'OffloadingRequired', status: 'True', reason: 'ClusterSelected' },
        { type: 'Ready', status: 'True', reason: 'NamespaceCreated' },
      ],
    },
  });
  await until(async () =>
    expect(await us.mirror()).toMatchObject({
      metadata: { labels: { 'liqo.io/replication': 'true', 'liqo.io/remote-cluster-id': us.clusterID } },
      spec: { desiredMapping: { [shop]: `${shop}-eu` } },
      status: { currentMapping: { [shop]: { phase: 'Accepted' } } },
    }),
  );

  await here.delete(namespaceOffloadings, `${shop}/offloading`);
  await until(async () => expect(await labelsOf(shop)).not.toHaveProperty(['liqo.io/scheduling-enabled']));
  await until(async () => expect(await us.asked()).toEqual({}));
  expect(given.get(us.clusterID)).toEqual([]);
  await phase(shop, 'Terminating');
  await us.answer({ [shop]: null });
  await until(async () => expect(status(shop)).rejects.toMatchObject({ code: 'notFound' }));
  expect(await bound(shop)).toBe('');
  expect(await labelsOf(shop)).not.toHaveProperty(['offloading.interspan.dev/strategy']);
});

test('what stands is not written again', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const shop = await offload();
  await until(async () => expect(await us.asked()).toHaveProperty(shop));
  await us.answer({ [shop]: { remoteNamespace: `${shop}-eu`, phase: twinPhase } });
  await phase(shop, 'Ready');
  const versions = async () =>
    Promise.all([
      here.get(namespaceOffloadings, `${shop}/offloading`),
      us.mirror(),
      there.get(namespaceMaps, `${us.link.remoteTenantNamespace}/peering`),
    ]).then((objects) => objects.map(({ metadata }) => metadata.resourceVersion));
  await until(async () => {
    const earlier = await versions();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await versions()).toEqual(earlier);
  });
  const quiet = await versions();
  for (let i = 0; i < 5; i++) {
    room.setLinks([us.link]);
    us.set({ kind: 'connected' });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await versions()).toEqual(quiet);
});

test('each strategy of names and of pods, and a change of strategy', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const same = await offload({ namespaceMappingStrategy: 'EnforceSameName', podOffloadingStrategy: 'Local' });
  const named = await offload({
    namespaceMappingStrategy: 'SelectedName',
    remoteNamespaceName: 'there',
    podOffloadingStrategy: 'Remote',
  });
  await until(async () => expect(await us.asked()).toEqual({ [same]: same, [named]: 'there' }));
  await until(async () =>
    expect(await labelsOf(named)).toMatchObject({
      'liqo.io/scheduling-enabled': 'true',
      'offloading.interspan.dev/strategy': 'Remote',
    }),
  );
  await until(async () =>
    expect(await labelsOf(same)).toMatchObject({ 'offloading.interspan.dev/strategy': 'Local' }),
  );
  expect(await labelsOf(same)).not.toHaveProperty(['liqo.io/scheduling-enabled']);
  await here.patch(namespaceOffloadings, `${named}/offloading`, { spec: { podOffloadingStrategy: 'Local' } });
  await until(async () => expect(await labelsOf(named)).not.toHaveProperty(['liqo.io/scheduling-enabled']));
});

test('only clusters with a virtual node that is selected are asked; a wrong selector is said', async () => {
  const [us, ap] = [await provider('south'), await provider('north')];
  room.setLinks([us.link, ap.link]);
  const shop = await offload({ clusterSelector: south() });
  await until(async () => expect(await us.asked()).toEqual({ [shop]: `${shop}-eu` }));
  await us.answer({ [shop]: { remoteNamespace: `${shop}-eu`, phase: twinPhase } });
  await phase(shop, 'Ready');
  expect((await status(shop))?.remoteNamespacesConditions).toMatchObject({
    [us.clusterID]: [{ status: 'True' }, { status: 'True' }],
    [ap.clusterID]: [{ type: 'OffloadingRequired', status: 'False', reason: 'ClusterNotSelected' }],
  });
  const wrong = await offload({ clusterSelector: south('Like') });
  await phase(wrong, 'NoClusterSelected');
  expect((await status(wrong))?.remoteNamespacesConditions?.[us.clusterID]).toMatchObject([
    { reason: 'InvalidSelector', message: expect.stringContaining('"Like" is no operator') },
  ]);
  await here.patch(namespaceOffloadings, `${wrong}/offloading`, { spec: { clusterSelector: null } });
  await until(async () => expect(await ap.asked()).toEqual({ [wrong]: `${wrong}-eu` }));
});

test('a provider’s refusal comes back with its reason as condition and event', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const shop = await offload({ namespaceMappingStrategy: 'EnforceSameName' });
  await until(async () => expect(await us.asked()).toHaveProperty(shop));
  const refusal = { reason: 'NamespaceExists', message: `namespace "${shop}" is there already` };
  await us.answer({ [shop]: { remoteNamespace: shop, phase: 'CreationLoopBackOff', ...refusal } });
  await phase(shop, 'AllFailed');
  expect((await status(shop))?.remoteNamespacesConditions?.[us.clusterID]?.[1]).toMatchObject({
    status: 'False',
    ...refusal,
  });
  await until(async () => {
    const events = await consumer.kubectl('get', 'events', '-n', shop, '-o', 'json');
    expect(JSON.parse(events).items).toContainEqual(
      expect.objectContaining({
        reason: 'NamespaceExists',
        message: `cluster "${us.clusterID}": ${refusal.message}`,
      }),
    );
  });
  await us.answer({ [shop]: { remoteNamespace: shop, phase: twinPhase } });
  await phase(shop, 'Ready');
});

test('system namespaces and other names are told off, and not offloaded', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  await offload({}, 'kube-public');
  await until(async () =>
    expect((await status('kube-public'))?.remoteNamespacesConditions?.[us.clusterID]).toMatchObject([
      { type: 'OffloadingRequired', status: 'False', reason: 'NamespaceNotAllowed' },
    ]),
  );
  const misnamed = `shop-${++count}`;
  await consumer.kubectl('create', 'namespace', misnamed);
  await consumer.kubectlWith(
    JSON.stringify({
      apiVersion: 'offloading.liqo.io/v1beta1',
      kind: 'NamespaceOffloading',
      metadata: { name: 'another', namespace: misnamed },
      spec: {},
    }),
    'create',
    '-f',
    '-',
  );
  await until(async () =>
    expect(await consumer.kubectl('get', 'events', '-n', misnamed)).toContain('name must match offloading'),
  );
  expect(await labelsOf('kube-public')).not.toHaveProperty(['liqo.io/scheduling-enabled']);
  await expect(us.asked()).rejects.toMatchObject({ code: 'notFound' });
});

test('pairs outlive a lost provider and a restart meanwhile; an offload that ends then does not hang', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const [shop, gone] = [await offload(), await offload()];
  await until(async () => expect(Object.keys((await us.asked()) ?? {})).toHaveLength(2));
  await us.answer({
    [shop]: { remoteNamespace: `${shop}-eu`, phase: twinPhase },
    [gone]: { remoteNamespace: `${gone}-eu`, phase: twinPhase },
  });
  await Promise.all([phase(shop, 'Ready'), phase(gone, 'Ready')]);
  await until(async () =>
    expect(Object.keys((await us.mirror()).status?.currentMapping ?? {})).toHaveLength(2),
  );
  await end();
  // The provider's API server is away, and so is its VirtualNode, as after an accident.
  await far.stop();
  us.set({ kind: 'unreachable', sinceMs: 0, message: 'no answer of 10.1.1.1:6443' });
  begin();
  room.setLinks([us.link]);
  await until(() => expect(given.get(us.clusterID)).toHaveLength(2));
  expect(calls).toEqual([`${us.clusterID}: ${[gone, shop].toSorted().join(' ')}`]);
  expect((await status(shop))?.offloadingPhase).toBe('Ready');

  const before = performance.now();
  await here.delete(namespaceOffloadings, `${gone}/offloading`);
  await until(async () => expect(status(gone)).rejects.toMatchObject({ code: 'notFound' }));
  expect(performance.now() - before).toBeLessThan(6000);
  await until(async () =>
    expect(await consumer.kubectl('get', 'events', '-n', gone)).toContain('is ended when that answers again'),
  );
  await far.start();
  us.set({ kind: 'connected' });
  await until(async () => expect(await us.asked()).toEqual({ [shop]: `${shop}-eu` }), 40_000);
});

test('a virtual node that vanishes for a moment ends no offload', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const shop = await offload({ clusterSelector: south() });
  await until(async () => expect(await us.asked()).toHaveProperty(shop));
  await here.delete(virtualNodes, `${us.tenantNamespace}/${us.link.nodeName}`);
  // One that is asked for after the virtual node went shows that its absence has been seen.
  const after = await offload();
  await until(async () => expect(await us.asked()).toEqual({ [shop]: `${shop}-eu`, [after]: `${after}-eu` }));
});

test('rights that somebody takes away are back, and no pair is lost meanwhile', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const shop = await offload();
  await until(async () => expect(await us.asked()).toHaveProperty(shop));
  await us.answer({ [shop]: { remoteNamespace: `${shop}-eu`, phase: twinPhase } });
  await until(() => expect(given.get(us.clusterID)).toHaveLength(1));
  const before = [...calls];
  await consumer.kubectl('delete', 'rolebinding', '-n', shop, 'offload-consumer-namespace');
  await until(async () => expect(await bound(shop)).toContain('offload-consumer-namespace'));
  expect(calls).toEqual(before);
});

test('a peering that ends leaves an empty map at the provider, and no pairs', async () => {
  const us = await provider();
  room.setLinks([us.link]);
  const shop = await offload();
  await until(async () => expect(await us.asked()).toHaveProperty(shop));
  await us.answer({ [shop]: { remoteNamespace: `${shop}-eu`, phase: twinPhase } });
  await phase(shop, 'Ready');
  const withdrawn = room.withdraw(us.link);
  await until(async () => expect(await us.asked()).toEqual({}));
  expect(given.get(us.clusterID)).toEqual([]);
  await us.answer({ [shop]: null });
  await withdrawn;
  await room.withdraw(us.link);
  room.setLinks([]);
  await phase(shop, 'NoClusterSelected');
});
