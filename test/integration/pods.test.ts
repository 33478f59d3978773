import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { LinkState, NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import type { LocalPod } from '#agent/pods/pod.ts';
import { type Pods, startPods } from '#agent/pods/start-pods.ts';
import { startProvider } from '#agent/provider/start-provider.ts';
import { configMaps, type KubeObject, pods as podKind } from '#core/api/kubernetes.ts';
import { shadowPods } from '#core/api/offload/shadow-pod.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import type { Credentials } from '#core/source/api-server/access.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { type PlayedProvider, playProvider, runningStatus } from '#test/support/played-provider.ts';
import { accountCredentials } from '#test/support/token-credentials.ts';

/*
 * The pod engine between two real API servers, with the rights of the manifests and no more: as the agent's account
 * here, as a tenant's at the provider. The provider's agent and kubelet are played by the test.
 */

const manifests = join(import.meta.dirname, '../../manifests/offload');
const node = 'liqo-us';
const tenantNamespace = 'liqo-tenant-us';
let here: TestApiServer;
let there: TestApiServer;
let end: AbortController;
let admin: ApiServerSource;
let adminThere: ApiServerSource;
let source: ApiServerSource;
let remote: ApiServerSource;
let credentials: Credentials;
let namespace: string;
let twin: string;
let provider: PlayedProvider;
let troubles: unknown[];
let link: ProviderLink & { set(state: LinkState): void };
let offloaded: Set<string>;
let round = 0;

beforeAll(async () => {
  [here, there] = await Promise.all([startApiServer(), startApiServer()]);
  for (const server of [here, there] as TestApiServer[]) {
    await server.kubectl('apply', '-k', join(manifests, 'crds'));
    await server.kubectl('create', 'namespace', 'offload-system');
    await server.kubectl('apply', '-f', join(manifests, 'rbac.yaml'));
    await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  }
  await here.kubectl('create', 'namespace', tenantNamespace);
  await bind(
    here as TestApiServer,
    tenantNamespace,
    'offload-tenant-namespace',
    'offload-system:offload-agent',
  );
  await there.kubectl('create', 'namespace', 'liqo-tenant-x');
  await there.kubectl('create', 'serviceaccount', '-n', 'liqo-tenant-x', 'tenant');
  await there.kubectl('apply', '-k', join(manifests, 'guards'));
});
afterAll(() => Promise.all([here?.[Symbol.asyncDispose](), there?.[Symbol.asyncDispose]()]));

beforeEach(async () => {
  end = new AbortController();
  troubles = [];
  [namespace, twin] = [`web-${++round}`, `web-${round}-eu`];
  await here.kubectl('create', 'namespace', namespace);
  await here.kubectl('create', 'serviceaccount', '-n', namespace, 'default');
  await there.kubectl('create', 'namespace', twin);
  const twinLabels = ['liqo.io/remote-cluster-id=eu', 'offloading.interspan.dev/tenant=liqo-tenant-x'];
  await there.kubectl('label', 'namespace', twin, ...twinLabels);
  await there.kubectl('create', 'serviceaccount', '-n', twin, 'default');
  await bind(there as TestApiServer, twin, 'offload-tenant-in-twin', 'liqo-tenant-x:tenant');
  [admin, adminThere] = [await open(here, {}), await open(there, {})];
  source = await open(here, {
    credentials: await accountCredentials(here, 'offload-system', 'offload-agent'),
  });
  credentials = await accountCredentials(there, 'liqo-tenant-x', 'tenant');
  remote = await open(there, { credentials });
  link = playedLink();
  offloaded = new Set([namespace]);
  provider = playProvider(adminThere, twin, (error) => troubles.push(error), end.signal);
});
afterEach(async () => {
  end.abort();
  expect(troubles).toEqual([]);
});

const bind = (server: TestApiServer, where: string, role: string, who: string): Promise<string> =>
  server.kubectl(
    'create',
    'rolebinding',
    '-n',
    where,
    role,
    `--clusterrole=${role}`,
    `--serviceaccount=${who}`,
  );

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const open = (server: TestApiServer, more: { credentials?: Credentials }): Promise<ApiServerSource> =>
  apiServerSource({
    kubeconfig: server.kubeconfig,
    fieldManager: 'interspan-offload',
    identity: 'test',
    log: quiet,
    now: () => performance.now(),
    random: Math.random,
    signal: end.signal,
    ...more,
  });

function playedLink(): ProviderLink & { set(state: LinkState): void } {
  let state: LinkState = { kind: 'connected' };
  const listeners = new Set<() => void>();
  return {
    clusterID: 'us',
    nodeName: node,
    tenantNamespace,
    remoteTenantNamespace: 'liqo-tenant-x',
    remote,
    credentials,
    grant: () => ({}) as never,
    state: () => state,
    onChange: (listener, signal) => {
      listeners.add(listener);
      signal.addEventListener('abort', () => void listeners.delete(listener));
    },
    signal: end.signal,
    set: (next) => {
      state = next;
      for (const listener of [...listeners]) listener();
    },
  };
}
const unreachable: LinkState = { kind: 'unreachable', sinceMs: 0, message: 'connection refused' };

function start(signal: AbortSignal, wallClock: () => number = Date.now): Pods {
  return startPods(
    {
      source,
      link,
      clusterID: 'eu',
      agentAddress: () => '192.0.2.1',
      isOffloaded: (name) => offloaded.has(name),
      log: quiet,
      random: Math.random,
      wallClock,
    },
    signal,
  );
}
/** Started with the pair told. */
function started(wallClock?: () => number): Pods {
  const engine = start(end.signal, wallClock);
  engine.setPairs(pair());
  return engine;
}
const pair = (): readonly NamespacePair[] => [{ local: namespace, remote: twin }];

const podOf = (name: string, more: { metadata?: object; spec?: object } = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: 'web' }, ...more.metadata },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }],
      ...more.spec,
    },
  }) as KubeObject;
const create = (name: string, more?: { metadata?: object; spec?: object }): Promise<KubeObject> =>
  admin.create(podKind, podOf(name, more));
const local = (name: string): Promise<LocalPod> =>
  admin.get(podKind, `${namespace}/${name}`) as Promise<LocalPod>;
const isThere = async (from: ApiServerSource, resource: typeof podKind | typeof shadowPods, key: string) =>
  (await found(from.get(resource as typeof podKind, key))) !== undefined;
const eventually = (check: () => Promise<void>, timeout = 15_000): Promise<void> =>
  vi.waitFor(check, { timeout, interval: 20 });
const running = (name: string): Promise<void> =>
  eventually(async () => expect((await local(name)).status?.phase).toBe('Running'));
const gone = (name: string, timeout?: number): Promise<void> =>
  eventually(async () => expect(await isThere(admin, podKind, `${namespace}/${name}`)).toBe(false), timeout);
const goneThere = (name: string): Promise<void> =>
  eventually(async () => {
    expect(await isThere(adminThere, shadowPods, `${twin}/${name}`)).toBe(false);
    expect(await isThere(adminThere, podKind, `${twin}/${name}`)).toBe(false);
  });
const eventsOf = async (
  name: string,
): Promise<readonly { reason: string; message: string; type: string }[]> => {
  const list = JSON.parse((await here.kubectl('get', 'events', '-n', namespace, '-o', 'json')) ?? '');
  return list.items.filter((one: { involvedObject: { name: string } }) => one.involvedObject.name === name);
};

test('a pod becomes a ShadowPod, its status comes back whole, and it goes on both sides', async () => {
  started();
  await create('a', { metadata: { labels: { app: 'web', 'liqo.io/mine': 'x' } } });
  await running('a');
  const shadow = await adminThere.get(shadowPods, `${twin}/a`);
  const pod = await local('a');
  expect(shadow.metadata.labels).toEqual({
    app: 'web',
    'offloading.liqo.io/origin': 'eu',
    'offloading.liqo.io/destination': 'us',
  });
  expect(shadow.spec?.consumerPodUID).toBe(pod.metadata.uid);
  const copy = await adminThere.get(podKind, `${twin}/a`);
  await eventually(async () =>
    expect((await local('a')).metadata).toMatchObject({
      labels: { app: 'web', 'liqo.io/shadowPod': 'true' },
      annotations: {
        'offloading.interspan.dev/remote-pod-uid': copy.metadata.uid,
        'offloading.interspan.dev/remote-pod-ip': '10.200.0.7',
        'offloading.interspan.dev/remote-node': 'real-1',
      },
    }),
  );
  const { status } = pod;
  expect(status).toMatchObject({ hostIP: '192.0.2.1', containerStatuses: [{ name: 'web', ready: true }] });
  expect(status?.podIP).toBeUndefined();
  expect(status?.podIPs).toBeUndefined();
  expect(status?.conditions?.find((one) => one.type === 'Ready')).toMatchObject({ status: 'True' });
  expect(status?.conditions?.some((one) => 'observedGeneration' in one)).toBe(false);

  // Labels follow; so do events of the Pod there, told once.
  await here.kubectl('label', 'pod', '-n', namespace, 'a', 'tier=1', 'app-');
  await eventually(async () =>
    expect((await adminThere.get(shadowPods, `${twin}/a`)).metadata.labels).toEqual({
      tier: '1',
      'offloading.liqo.io/origin': 'eu',
      'offloading.liqo.io/destination': 'us',
    }),
  );
  const event = { type: 'Warning', reason: 'BackOff', message: 'back-off 5m', about: copy } as const;
  await adminThere.recordEvent(event);
  await eventually(async () =>
    expect(await eventsOf('a')).toContainEqual(
      expect.objectContaining({ reason: 'BackOff', message: 'us: back-off 5m', type: 'Warning' }),
    ),
  );

  provider.holdDeletions = true;
  await here.kubectl('delete', 'pod', '-n', namespace, 'a', '--wait=false');
  await eventually(async () => expect(await isThere(adminThere, shadowPods, `${twin}/a`)).toBe(false));
  // It goes here only when it has gone there.
  expect((await local('a')).metadata.deletionTimestamp).toBeDefined();
  await provider.release();
  await gone('a');
});

test('what the provider refuses stays Pending and says who refused it and why', async () => {
  provider.refusals.set('bad', { reason: 'PodRefused', message: 'no such priority' });
  started();
  await create('bad');
  await eventually(async () => {
    const { status } = await local('bad');
    expect(status?.phase).toBe('Pending');
    expect(status?.conditions?.find((one) => one.type === 'Offloaded')).toMatchObject({
      status: 'False',
      reason: 'PodRefused',
      message: 'provider us: no such priority',
    });
    expect(await eventsOf('bad')).toContainEqual(
      expect.objectContaining({ reason: 'PodRefused', type: 'Warning' }),
    );
  });
  await here.kubectl('delete', 'pod', '-n', namespace, 'bad', '--wait=false');
  await gone('bad');
  await goneThere('bad');
});

test.each<[string, object, string]>([
  ['hostPath', { volumes: [{ name: 'h', hostPath: { path: '/' } }] }, 'volumes may be emptyDir'],
  ['hostNetwork', { hostNetwork: true }, 'namespaces of the host are refused'],
  [
    'privileged',
    { containers: [{ name: 'web', image: 'i', securityContext: { privileged: true } }] },
    'privileged containers are refused',
  ],
])('the words of the guards reach the pod: %s', async (_, spec, words) => {
  started();
  await create('bad', { spec });
  await eventually(async () => {
    const { status } = await local('bad');
    expect(status?.phase).toBe('Pending');
    const condition = status?.conditions?.find((one) => one.type === 'Offloaded');
    expect(condition).toMatchObject({ status: 'False', reason: 'RefusedByProvider' });
    expect(condition?.message).toContain(words);
    expect(await eventsOf('bad')).toContainEqual(
      expect.objectContaining({ type: 'Warning', message: expect.stringContaining(words) }),
    );
  });
  expect(await isThere(adminThere, shadowPods, `${twin}/bad`)).toBe(false);
  await here.kubectl('delete', 'pod', '-n', namespace, 'bad', '--wait=false');
  await gone('bad');
});

test("what the provider's API server refuses is told in its words, and tried again", async () => {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'guard' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['offloading.liqo.io'],
            apiVersions: ['*'],
            operations: ['CREATE'],
            resources: ['shadowpods'],
          },
        ],
      },
      validations: [{ expression: "object.metadata.name != 'over'", message: 'the quota of eu is used up' }],
    },
  };
  const binding = {
    apiVersion: policy.apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'guard' },
    spec: { policyName: 'guard', validationActions: ['Deny'] },
  };
  for (const object of [policy, binding]) await there.kubectlWith(JSON.stringify(object), 'apply', '-f', '-');
  const tried = { kind: 'ShadowPod', metadata: { name: 'over', namespace: twin }, spec: {} };
  // It takes the API server a moment to heed a new policy.
  await eventually(() =>
    expect(
      there.kubectlWith(
        JSON.stringify({ apiVersion: 'offloading.liqo.io/v1beta1', ...tried }),
        ...['create', '--dry-run=server', '-f', '-'],
      ),
    ).rejects.toThrow('used up'),
  );
  started();
  await create('over');
  await eventually(async () => {
    const condition = (await local('over')).status?.conditions?.find((one) => one.type === 'Offloaded');
    expect(condition).toMatchObject({ status: 'False', reason: 'RefusedByProvider' });
    expect(condition?.message).toMatch(
      /the API server of provider us refused the pod: .*the quota of eu is used up/,
    );
  });
  expect((await eventsOf('over')).filter((one) => one.type === 'Warning')).toHaveLength(1);
  await there.kubectl('delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', 'guard');
  await eventually(async () => expect((await local('over')).status?.phase).toBe('Running'), 40_000);
  const { status } = await local('over');
  expect(status?.conditions?.some((one) => one.type === 'Offloaded')).toBe(false);
});

test('the same name again waits until the old one is gone there', async () => {
  started();
  const first = await create('db-0');
  await running('db-0');
  provider.holdDeletions = true;
  await here.kubectl('delete', 'pod', '-n', namespace, 'db-0', '--force', '--grace-period=0');
  const second = await create('db-0');
  await eventually(async () => expect(await isThere(adminThere, shadowPods, `${twin}/db-0`)).toBe(false));
  const copy = await adminThere.get(podKind, `${twin}/db-0`);
  expect(copy.metadata.annotations?.['offloading.interspan.dev/consumer-pod-uid']).toBe(first.metadata.uid);
  expect((await local('db-0')).status?.phase).toBe('Pending');
  await provider.release();
  await running('db-0');
  const shadow = await adminThere.get(shadowPods, `${twin}/db-0`);
  expect(shadow.spec?.consumerPodUID).toBe(second.metadata.uid);
});

test('a Pod that somebody deletes at the provider is not ready here until it is made again', async () => {
  started();
  await create('again');
  await running('again');
  await eventually(async () =>
    expect((await local('again')).metadata.labels).toHaveProperty('liqo.io/shadowPod'),
  );
  await there.kubectl('delete', 'pod', '-n', twin, 'again', '--force', '--grace-period=0');
  await eventually(async () => {
    const { status } = await local('again');
    expect(status?.phase).toBe('Running');
    expect(status?.conditions?.find((one) => one.type === 'Ready')).toMatchObject({ status: 'False' });
  });
  const pod = (await adminThere.get(shadowPods, `${twin}/again`)) as KubeObject;
  const uid = (await local('again')).metadata.uid ?? '';
  await adminThere.create(podKind, {
    ...podOf('again'),
    metadata: {
      name: 'again',
      namespace: twin,
      labels: { ...pod.metadata.labels },
      annotations: { 'offloading.interspan.dev/consumer-pod-uid': uid },
    },
    spec: { ...(podOf('again') as { spec?: object }).spec, nodeName: 'real-2' },
  } as KubeObject);
  await provider.setStatus('again', {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'web', image: 'web:1', imageID: '', ready: true, restartCount: 2 }],
  });
  await eventually(async () =>
    expect((await local('again')).status).toMatchObject({ containerStatuses: [{ restartCount: 3 }] }),
  );
});

test('with the provider gone, pods end here after their grace and leave tombstones that are heeded first', async () => {
  // Half a minute and more goes by at once.
  let ahead = 0;
  started(() => Date.now() + ahead);
  for (const name of ['evicted', 'stays', 'forced']) await create(name);
  await Promise.all(['evicted', 'stays', 'forced'].map(running));
  const forced = (await local('forced')).metadata.uid ?? '';
  const [before] = await Promise.all([local('stays')]);
  const uid = (await local('evicted')).metadata.uid ?? '';
  await there.stop();
  link.set(unreachable);
  await here.kubectl('delete', 'pod', '-n', namespace, 'evicted', '--wait=false');
  await here.kubectl('delete', 'pod', '-n', namespace, 'forced', '--force', '--grace-period=0');
  // Not before its time.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await isThere(admin, podKind, `${namespace}/evicted`)).toBe(true);
  ahead = 40_000;
  link.set(unreachable);
  await gone('evicted');
  const tombstones = (): Promise<Readonly<Record<string, string>> | undefined> =>
    admin.get(configMaps, `${tenantNamespace}/offload-tombstones`).then(({ data }) => data);
  expect(JSON.parse((await tombstones())?.[uid] ?? '{}')).toMatchObject({ namespace, name: 'evicted', uid });
  expect(JSON.parse((await tombstones())?.[forced] ?? '{}')).toMatchObject({ name: 'forced', uid: forced });
  // The replacement has another UID, and waits as well.
  const second = await create('evicted');
  expect((await local('evicted')).status?.phase).toBe('Pending');
  await there.start();
  const back = performance.now();
  link.set({ kind: 'connected' });
  await eventually(
    async () =>
      expect((await adminThere.get(shadowPods, `${twin}/evicted`)).spec?.consumerPodUID).toBe(
        second.metadata.uid,
      ),
    40_000,
  );
  await eventually(async () => expect((await tombstones())?.[uid]).toBeUndefined());
  await running('evicted');
  await goneThere('forced');
  process.stderr.write(`provider back → all in order: ${(performance.now() - back).toFixed(0)} ms\n`);
  const after = await local('stays');
  expect(after.metadata.uid).toBe(before?.metadata.uid);
  expect(after.status).toEqual(before?.status);
}, 120_000);

test('an agent that starts again disturbs nothing and takes up what it missed', async () => {
  const first = new AbortController();
  const engine = start(first.signal);
  engine.setPairs(pair());
  for (const name of ['kept', 'lost']) await create(name);
  await Promise.all(['kept', 'lost'].map(running));
  await create('half');
  first.abort();
  await engine.drained;
  await here.kubectl('delete', 'pod', '-n', namespace, 'lost', '--force', '--grace-period=0');
  await create('later');
  const before = await local('kept');
  const copy = await adminThere.get(podKind, `${twin}/kept`);

  // The namespaces are not known yet: nothing is concluded from it.
  offloaded.clear();
  const second = start(end.signal);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await local('kept')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  offloaded.add(namespace);
  second.setPairs(pair());
  await Promise.all(['half', 'later'].map(running));
  await goneThere('lost');
  const after = await local('kept');
  expect(after.status).toEqual(before.status);
  expect((await adminThere.get(podKind, `${twin}/kept`)).metadata.uid).toBe(copy.metadata.uid);
});

test('pods of namespaces that are not offloaded, or no longer, are Failed and say so', async () => {
  const engine = start(end.signal);
  offloaded.clear();
  await create('stray');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await local('stray')).status?.phase).toBe('Pending');
  // Told wrongly that it is not: the API server knows better.
  await here.kubectl('get', 'crd', 'namespaceoffloadings.offloading.liqo.io');
  await admin.create(
    {
      group: 'offloading.liqo.io',
      version: 'v1beta1',
      kind: 'NamespaceOffloading',
      plural: 'namespaceoffloadings',
      namespaced: true,
    },
    {
      apiVersion: 'offloading.liqo.io/v1beta1',
      kind: 'NamespaceOffloading',
      metadata: { name: 'offloading', namespace },
      spec: { clusterSelector: { nodeSelectorTerms: [] } },
    } as KubeObject,
  );
  engine.setPairs([]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await local('stray')).status?.phase).toBe('Pending');
  engine.setPairs(pair());
  await running('stray');
  engine.setPairs([]);
  await eventually(async () =>
    expect((await local('stray')).status).toMatchObject({ phase: 'Failed', reason: 'OffloadingAborted' }),
  );
  await here.kubectl('delete', 'namespaceoffloading', '-n', namespace, 'offloading');
  const other = `${namespace}-other`;
  await here.kubectl('create', 'namespace', other);
  await here.kubectl('create', 'serviceaccount', '-n', other, 'default');
  await admin.create(podKind, { ...podOf('x'), metadata: { name: 'x', namespace: other } });
  await eventually(async () =>
    expect(((await admin.get(podKind, `${other}/x`)) as LocalPod).status).toMatchObject({
      phase: 'Failed',
      reason: 'NotOffloaded',
    }),
  );
});

test("a DaemonSet's pod counts as running, is not sent, and goes at once", async () => {
  started();
  await create('ds', {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ds', uid: 'x', controller: true }],
    },
  });
  await running('ds');
  const { status } = await local('ds');
  for (const type of ['Ready', 'Virtual']) {
    expect(status?.conditions?.find((one) => one.type === type)).toMatchObject({
      status: 'True',
      reason: 'NotRunHere',
    });
  }
  await eventually(async () =>
    expect(await eventsOf('ds')).toContainEqual(expect.objectContaining({ reason: 'NotRunHere' })),
  );
  expect(await isThere(adminThere, shadowPods, `${twin}/ds`)).toBe(false);
  await here.kubectl('delete', 'pod', '-n', namespace, 'ds', '--wait=false', '--grace-period=300');
  await gone('ds', 3000);
});

test('leaving evicts, heeds PodDisruptionBudgets until patience ends, and then deletes', async () => {
  const engine = started();
  await create('free', { metadata: { labels: { app: 'free' } } });
  await create('bound', { metadata: { labels: { app: 'bound' } } });
  await Promise.all(['free', 'bound'].map(running));
  await here.kubectl('create', 'pdb', '-n', namespace, 'all', '--selector=app=bound', '--min-available=1');
  const patience = new AbortController();
  const draining = engine.drain(patience.signal);
  await gone('free');
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect((await local('bound')).metadata.deletionTimestamp).toBeUndefined();
  patience.abort();
  expect(await draining).toEqual({ left: [] });
  await goneThere('bound');
});

test('leaving with the provider gone leaves nothing but tombstones, and those only until it returns', async () => {
  const engine = started();
  await create('left');
  await running('left');
  const uid = (await local('left')).metadata.uid ?? '';
  link.set(unreachable);
  const began = performance.now();
  expect(await engine.drain(AbortSignal.abort())).toEqual({ left: [] });
  expect(performance.now() - began).toBeLessThan(5000);
  expect(await isThere(admin, podKind, `${namespace}/left`)).toBe(false);
  const tombstones = async () =>
    (await admin.get(configMaps, `${tenantNamespace}/offload-tombstones`)).data ?? {};
  expect(await tombstones()).toHaveProperty([uid]);
  link.set({ kind: 'connected' });
  await goneThere('left');
  await eventually(async () => expect(await tombstones()).not.toHaveProperty([uid]));
});

test('a grace that is not the pod’s own is told to the provider', async () => {
  const graces: (string | undefined)[] = [];
  adminThere.watch(
    {
      resource: shadowPods,
      namespace: twin,
      onChange: ({ type, object }) => {
        if (type === 'deleted')
          graces.push(object.metadata.annotations?.['offloading.interspan.dev/deletion-grace-seconds']);
      },
    },
    end.signal,
  );
  started();
  for (const name of ['own', 'other']) await create(name);
  await Promise.all(['own', 'other'].map(running));
  await here.kubectl('delete', 'pod', '-n', namespace, 'own', '--wait=false');
  await gone('own');
  await here.kubectl('delete', 'pod', '-n', namespace, 'other', '--wait=false', '--grace-period=7');
  await gone('other');
  await eventually(async () => expect(graces).toEqual([undefined, '7']));
});

test("between the engine and the provider's own agent: pods run, quota and refusals are told, all goes", async () => {
  const own = `${twin}-own`;
  const tenant = 'liqo-tenant-x';
  await there.kubectl('create', 'namespace', own);
  const twinLabels = ['liqo.io/remote-cluster-id=eu', `offloading.interspan.dev/tenant=${tenant}`];
  await there.kubectl('label', 'namespace', own, ...twinLabels);
  await there.kubectl('create', 'serviceaccount', '-n', own, 'default');
  const agent = 'offload-system:offload-agent';
  await bind(there as TestApiServer, own, 'offload-tenant-in-twin', `${tenant}:tenant`);
  await bind(there as TestApiServer, own, 'offload-twin-namespace', agent);
  await bind(there as TestApiServer, tenant, 'offload-tenant-namespace', agent);
  await adminThere.create(tenants, {
    apiVersion: 'authentication.liqo.io/v1beta1',
    kind: 'Tenant',
    metadata: { name: 'peering', namespace: tenant },
    spec: { clusterID: 'eu', resources: { pods: '2' }, tenantCondition: 'Active' },
  });
  const agentThere = await open(there, {
    credentials: await accountCredentials(there, 'offload-system', 'offload-agent'),
  });
  const theirs = startProvider(
    {
      source: agentThere,
      log: quiet,
      random: Math.random,
      wallClock: Date.now,
      admits: () => true,
      granted: ({ spec }) => spec?.resources ?? {},
    },
    end.signal,
  );
  theirs.setTwins([{ namespace: own, consumer: 'eu', tenantNamespace: tenant }]);
  const engine = start(end.signal);
  engine.setPairs([{ local: namespace, remote: own }]);

  const spec = { containers: [{ name: 'web', image: 'i', stdin: true, env: [{ name: 'A', value: 'b' }] }] };
  for (const name of ['q1', 'q2']) await create(name, { spec });
  const marked = (name: string): Promise<void> =>
    eventually(async () => expect((await local(name)).metadata.labels).toHaveProperty('liqo.io/shadowPod'));
  await Promise.all(['q1', 'q2'].map(marked));
  await adminThere.patchStatus(podKind, `${own}/q1`, runningStatus(podOf('q1')));
  await running('q1');
  await create('q3');
  const offloadedIs = (name: string, reason: string): Promise<void> =>
    eventually(async () => {
      const { status } = await local(name);
      expect(status?.phase).toBe('Pending');
      const condition = status?.conditions?.find((one) => one.type === 'Offloaded');
      expect(condition).toMatchObject({ status: 'False', reason });
      expect(condition?.message).toMatch(/^provider us: /);
    });
  await offloadedIs('q3', 'QuotaExceeded');
  await here.kubectl('delete', 'pod', '-n', namespace, 'q1', '--wait=false');
  await gone('q1');
  // What made room lets the next one in.
  await marked('q3');
  await create('odd', {
    spec: {
      containers: [{ name: 'c', image: 'i', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
    },
  });
  await offloadedIs('odd', 'PodRefused');
  await here.kubectl('delete', 'pods', '-n', namespace, '--all', '--wait=false');
  await eventually(async () => expect(await admin.readList(podKind, { namespace })).toEqual([]));
  expect(await adminThere.readList(shadowPods, { namespace: own })).toEqual([]);
  expect(await adminThere.readList(podKind, { namespace: own })).toEqual([]);
  end.abort();
  await Promise.all([theirs.drained, engine.drained]);
});

test('a hundred pods at once arrive, and each status is back', async () => {
  const engine = started();
  const names = Array.from({ length: 100 }, (_, index) => `many-${index}`);
  const began = performance.now();
  await Promise.all(names.map((name) => create(name)));
  const statuses = async (): Promise<number> => {
    const list = (await admin.readList(podKind, { namespace })) as readonly LocalPod[];
    return list.filter((pod) => pod.status?.phase === 'Running').length;
  };
  await eventually(async () => expect(await statuses()).toBe(100), 60_000);
  const ms = performance.now() - began;
  process.stderr.write(`100 pods Running both sides: ${ms.toFixed(0)} ms\n`);
  await here.kubectl('delete', 'pods', '-n', namespace, '--all', '--wait=false');
  await eventually(async () => expect(await admin.readList(podKind, { namespace })).toEqual([]), 60_000);
  expect(await adminThere.readList(shadowPods, { namespace: twin })).toEqual([]);
  end.abort();
  await engine.drained;
}, 150_000);

test('one pod after another: how long each way takes', async () => {
  started();
  await create('warm');
  await running('warm');
  const runningAt = new Map<string, number>();
  source.watch<LocalPod>(
    {
      resource: podKind as never,
      namespace,
      onChange: ({ object }) => {
        const { name } = object.metadata;
        if (object.status?.phase === 'Running' && !runningAt.has(name))
          runningAt.set(name, performance.now());
      },
    },
    end.signal,
  );
  const out: number[] = [];
  const back: number[] = [];
  for (let index = 0; index < 30; index++) {
    const name = `one-${index}`;
    const began = performance.now();
    await create(name);
    await eventually(async () => expect(runningAt.has(name)).toBe(true));
    out.push((provider.seenAt.get(name) ?? 0) - began);
    back.push((runningAt.get(name) ?? 0) - (provider.runningAt.get(name) ?? 0));
  }
  const spread = (values: number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    return `p50 ${sorted[15]?.toFixed(1)}, max ${sorted[29]?.toFixed(1)} ms`;
  };
  process.stderr.write(`create begun here → ShadowPod seen there: ${spread(out)}\n`);
  process.stderr.write(`Running written there → seen Running here: ${spread(back)}\n`);
  expect(back).toHaveLength(30);
});
