import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { annotations, labels, names } from '#agent/model/names.ts';
import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { type LocalGrant, startLocalGrant } from '#agent/tenancy/local-grant.ts';
import { type IncomingFacts, startTenancy, type Tenancy } from '#agent/tenancy/start-tenancy.ts';
import {
  configMaps,
  type KubeObject,
  namespaces,
  nodes,
  type Resource,
  roleBindings,
  secrets,
  serviceAccounts,
  services,
} from '#core/api/kubernetes.ts';
import { namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { peeringClaims } from '#core/api/offload/peering-claim.ts';
import { shadowPods } from '#core/api/offload/shadow-pod.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import { apiVersion } from '#core/api/resource.ts';
import { publicKeyText, unseal } from '#core/peering/seal.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from '#core/source/found.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { finalizeNamespaces } from '#test/support/namespace-controller.ts';
import { tokenCredentials } from '#test/support/token-credentials.ts';

/*
 * The provider's side of peerings over a real API server, with the rights of the agent's manifest and no more. The
 * consumer is played with the tokens that a consumer has.
 */

const manifests = join(import.meta.dirname, '../../manifests/offload');
const agentNamespace = 'offload-system';
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const resourceQuotas: Resource = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};
const cleared = [
  ...[tenants, peeringClaims, namespaceMaps, shadowPods, roleBindings, serviceAccounts, secrets, configMaps],
  ...[services, resourceQuotas],
];

let server: TestApiServer;
let admin: ApiServerSource;
let agent: ApiServerSource;
let controller: Promise<void>;
const ended = new AbortController();
const controllerEnded = new AbortController();

beforeAll(async () => {
  server = await startApiServer();
  await server.kubectl('apply', '-k', join(manifests, 'crds'));
  await server.kubectl('apply', '-f', join(manifests, 'namespace.yaml'), '-f', join(manifests, 'rbac.yaml'));
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  admin = await apiServerSource({ ...sourceOptions('admin'), kubeconfig: server.kubeconfig });
  agent = await as(agentNamespace, 'offload-agent');
  controller = finalizeNamespaces(admin, cleared, controllerEnded.signal);
});
afterAll(async () => {
  controllerEnded.abort();
  await controller;
  ended.abort();
  await server?.[Symbol.asyncDispose]();
});

function sourceOptions(identity: string) {
  return {
    fieldManager: identity === 'admin' ? 'kubectl-offload' : 'offload-agent',
    identity,
    log: quiet,
    now: () => performance.now(),
    random: Math.random,
    signal: ended.signal,
  };
}

/** An API as whoever holds this token. */
function withToken(token: string): Promise<ApiServerSource> {
  return apiServerSource({ ...sourceOptions('token'), credentials: tokenCredentials(server, token) });
}

async function as(namespace: string, account: string): Promise<ApiServerSource> {
  return withToken((await server.kubectl('create', 'token', account, '-n', namespace)).trim());
}

/* The agent of this test: started before and ended after each, with a clock that may be turned forward. */
let tenancy: Tenancy;
let running: AbortController;
let twins: readonly TwinNamespace[];
const said: (readonly TwinNamespace[])[] = [];
const incoming = new Map<string, IncomingFacts>();
let consumers: Readonly<Record<string, object>> = {};
let skewMs: number;
let grant: LocalGrant;

function start(source: ApiServerSource = agent): void {
  running = new AbortController();
  tenancy = startTenancy(
    {
      source,
      namespace: agentNamespace,
      serviceAccount: 'offload-agent',
      clusterID: 'prov',
      clusterUID: 'uid-of-prov',
      grant: () => grant,
      log: quiet,
      random: Math.random,
      wallClock: () => Date.now() + skewMs,
      onTwins: (list) => {
        twins = list;
        said.push(list);
      },
      onConsumers: (all) => {
        consumers = all;
      },
      onIncoming: (id, facts) => void (facts === undefined ? incoming.delete(id) : incoming.set(id, facts)),
    },
    running.signal,
  );
}
async function stop(): Promise<void> {
  running.abort();
  await tenancy.drained;
}

beforeEach(() => {
  twins = [];
  incoming.clear();
  skewMs = 0;
  grant = {
    kubeletVersion: 'v1.36.3',
    architecture: 'amd64',
    nodeLabels: { region: 'eu' },
    gatewayFingerprint: 'gateway',
    gatewayAddresses: ['192.0.2.1:30000'],
  };
  start();
});
afterEach(stop);

/* What the plugin does. */
let invited = 0;
async function invite(spec: NonNullable<Tenant['spec']> = {}): Promise<string> {
  const namespace = `liqo-tenant-t${++invited}`;
  await admin.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { [labels.tenantNamespace]: 'true' } },
  });
  await admin.create(tenants, {
    apiVersion: apiVersion(tenants),
    kind: 'Tenant',
    metadata: { namespace, name: names.peering },
    spec,
  });
  return namespace;
}
async function invitation(namespace: string): Promise<ApiServerSource> {
  await conditionIs(namespace, 'Invited', 'True');
  const secret = await admin.get(secrets, `${namespace}/invitation`);
  const answer = (await admin.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/invitation/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: 3600,
        boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'invitation', uid: secret.metadata.uid },
      },
    },
    intent: { verb: 'create', resource: serviceAccounts, subresource: 'token', namespace },
  })) as { status: { token: string } };
  return withToken(answer.status.token);
}

/* What a consumer does. */
function consumer(clusterID: string, clusterUID = `uid-of-${clusterID}`) {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const identity = {
    clusterID,
    clusterUID,
    publicKey: publicKeyText(publicKey),
    gatewayFingerprint: `gateway-of-${clusterID}`,
  };
  return { identity, privateKey };
}
type Consumer = ReturnType<typeof consumer>;

const redeem = (api: ApiServerSource, namespace: string, { identity }: Consumer) =>
  api.patch(peeringClaims, `${namespace}/peering`, { spec: { consumer: identity } });

async function tenantApi(namespace: string, { privateKey }: Consumer): Promise<ApiServerSource> {
  await phaseIs(namespace, 'Accepted');
  const claim = await admin.get(peeringClaims, `${namespace}/peering`);
  return withToken(unseal(privateKey, claim.status?.token?.sealed ?? ''));
}
async function peered(id: string, spec: NonNullable<Tenant['spec']> = {}) {
  const namespace = await invite(spec);
  const who = consumer(id);
  await redeem(await invitation(namespace), namespace, who);
  return { namespace, who, api: await tenantApi(namespace, who) };
}
const desire = (api: ApiServerSource, namespace: string, desiredMapping: Record<string, string | null>) =>
  api.patch(namespaceMaps, `${namespace}/peering`, { spec: { desiredMapping } });
const mapping = async (namespace: string) =>
  (await admin.get(namespaceMaps, `${namespace}/peering`)).status?.currentMapping ?? {};

/* What is waited for. */
const until = { timeout: 45_000, interval: 50 };
const conditionsOf = async (namespace: string) => {
  const { status } = await admin.get(tenants, `${namespace}/peering`);
  return Object.fromEntries((status?.conditions ?? []).map((each) => [each.type, each]));
};
const conditionIs = (namespace: string, type: string, status: string, reason?: string) =>
  vi.waitFor(
    async () =>
      expect((await conditionsOf(namespace))[type]).toMatchObject({ status, ...(reason ? { reason } : {}) }),
    until,
  );
const phaseIs = (namespace: string, phase: string) =>
  vi.waitFor(
    async () => expect((await admin.get(peeringClaims, `${namespace}/peering`)).status?.phase).toBe(phase),
    until,
  );
const isThere = async (resource: Resource, key: string): Promise<boolean> =>
  (await found(admin.get(resource, key))) !== undefined;
const isGone = (resource: Resource, key: string) =>
  vi.waitFor(async () => expect(await isThere(resource, key)).toBe(false), until);
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error as SourceError).code,
  );
const plain = (kind: string, namespace: string, name: string, more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { namespace, name }, ...more }) as KubeObject;

// First, while there are no other peerings: their writes would count too.
test('an agent that dies after any write is taken over without a loss', async () => {
  await stop();
  let deaths = 0;
  for (let life = 1; ; life += 1) {
    // This one dies after `life` writes; the write itself has happened.
    skewMs = 0;
    const namespace = await invite();
    const dying = new AbortController();
    start(mortal(life, () => dying.abort()));
    const done = whole(namespace, `mortal-${life}`);
    const dead = await Promise.race([done.then(() => false), aborted(dying.signal).then(() => true)]);
    await stop();
    if (!dead) break;
    deaths += 1;
    start();
    await done;
    await stop();
  }
  // Invitation, acceptance, twins and leaving together are more than this many writes.
  expect(deaths).toBeGreaterThan(25);
  start();
}, 300_000);

test('the whole life of a peering: invited, redeemed, offloading, left', async () => {
  const namespace = await invite({ allowedNamespaces: ['podinfo'], resources: { cpu: '8' } });
  const who = consumer('cons');
  const invitee = await invitation(namespace);
  // An invitation opens its claim and nothing else.
  expect(await code(invitee.readList(tenants))).toBe('forbidden');
  expect(await code(invitee.get(secrets, `${namespace}/invitation`))).toBe('forbidden');
  expect(await code(invitee.patchStatus(peeringClaims, `${namespace}/peering`, {}))).toBe('forbidden');
  expect((await admin.get(peeringClaims, `${namespace}/peering`)).status?.token).toBeUndefined();

  await redeem(invitee, namespace, who);
  const api = await tenantApi(namespace, who);
  const accepted = await invitee.get(peeringClaims, `${namespace}/peering`);
  expect(accepted.status?.grant).toMatchObject({
    providerClusterID: 'prov',
    resources: { cpu: '8', memory: '8Gi', pods: '110' },
    allowedNamespaces: ['podinfo'],
    gatewayAddresses: ['192.0.2.1:30000'],
  });
  await conditionIs(namespace, 'Accepted', 'True');
  expect((await admin.get(tenants, `${namespace}/peering`)).spec?.clusterID).toBe('cons');
  expect((await admin.get(namespaces, namespace)).metadata.labels?.[labels.remoteClusterID]).toBe('cons');
  expect(incoming.get('cons')).toMatchObject({ tenantNamespace: namespace, word: 'Established' });
  expect(consumers['cons']).toEqual({ gatewayFingerprint: 'gateway-of-cons' });

  // The tenant shows itself: the invitation ends with its Secret, account and rights.
  await api.patch(peeringClaims, `${namespace}/peering`, { spec: { heartbeat: new Date().toISOString() } });
  await isGone(serviceAccounts, `${namespace}/invitation`);
  await isGone(secrets, `${namespace}/invitation`);
  await isGone(roleBindings, `${namespace}/offload-invitation`);

  await desire(api, namespace, { web: 'web-cons', podinfo: 'podinfo' });
  await vi.waitFor(
    async () =>
      expect(await mapping(namespace)).toEqual({
        web: { remoteNamespace: 'web-cons', phase: 'Accepted' },
        podinfo: { remoteNamespace: 'podinfo', phase: 'Accepted' },
      }),
    until,
  );
  await vi.waitFor(() => expect(twins.map(({ namespace: name }) => name)).toEqual(['podinfo', 'web-cons']), {
    timeout: 10_000,
  });
  expect(twins[1]).toEqual({ namespace: 'web-cons', consumer: 'cons', tenantNamespace: namespace });
  expect((await admin.get(namespaces, 'web-cons')).metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'baseline',
    'pod-security.kubernetes.io/enforce-version': 'latest',
  });
  expect(await isThere(resourceQuotas, 'web-cons/offload-tenant')).toBe(true);
  // In its twin the tenant writes what it may, and nothing more.
  const origin = { labels: { [labels.origin]: 'cons' } };
  const settings = plain('ConfigMap', 'web-cons', 'settings');
  await api.create(configMaps, { ...settings, metadata: { ...settings.metadata, ...origin } });
  expect(await code(api.readList(secrets, { namespace: 'web-cons' }))).toBe('forbidden');
  expect(await code(api.patchStatus(namespaceMaps, `${namespace}/peering`, {}))).toBe('forbidden');
  expect(await code(api.patch(namespaces, 'web-cons', { metadata: { labels: { a: 'b' } } }))).toBe(
    'forbidden',
  );

  await desire(api, namespace, { web: null });
  await isGone(namespaces, 'web-cons');
  await vi.waitFor(async () => expect(Object.keys(await mapping(namespace))).toEqual(['podinfo']), until);
  expect(twins.map(({ namespace: name }) => name)).toEqual(['podinfo']);

  await api.patch(peeringClaims, `${namespace}/peering`, { spec: { leaving: true } });
  // It may read that it has left, and then is nobody here.
  await vi.waitFor(
    async () => expect((await api.get(peeringClaims, `${namespace}/peering`)).status?.phase).toBe('Left'),
    until,
  );
  await isGone(namespaces, 'podinfo');
  await isGone(namespaces, namespace);
  await vi.waitFor(() => expect(incoming.size).toBe(0), until);
  expect(twins).toEqual([]);
  expect(consumers['cons']).toBeUndefined();
});

test('of 20 that redeem one invitation at once one has it, and the others are told so', async () => {
  const namespace = await invite();
  const invitee = await invitation(namespace);
  const all = Array.from({ length: 20 }, (_, index) => consumer(`racer-${index}`));
  const results = await Promise.allSettled(all.map((each) => redeem(invitee, namespace, each)));
  const winners = all.filter((_, index) => results[index]?.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  const refused = results.find((result) => result.status === 'rejected');
  expect(String(refused?.reason)).toContain('the claim keeps its first consumer');
  await tenantApi(namespace, winners[0] as Consumer);
  expect((await admin.get(tenants, `${namespace}/peering`)).spec?.clusterID).toBe(
    winners[0]?.identity.clusterID,
  );
  // Nor by way of an empty claim.
  expect(await code(invitee.patch(peeringClaims, `${namespace}/peering`, { spec: null }))).toBe('invalid');
  expect(await code(invitee.patch(peeringClaims, `${namespace}/peering`, { spec: { consumer: null } }))).toBe(
    'invalid',
  );
});

test('of 20 invitations redeemed with one id at once one is accepted', async () => {
  const spaces = await Promise.all(Array.from({ length: 20 }, () => invite()));
  await Promise.all(
    spaces.map(async (namespace, index) =>
      redeem(await invitation(namespace), namespace, consumer('same', `uid-${index}`)),
    ),
  );
  await vi.waitFor(async () => {
    const claims = await admin.readList(peeringClaims);
    const phases = claims
      .filter(({ metadata }) => spaces.includes(metadata.namespace ?? ''))
      .map(({ status }) => status?.phase)
      .toSorted();
    expect(phases).toEqual(['Accepted', ...Array.from({ length: 19 }, () => 'Refused')]);
  }, until);
});

test('an id that another cluster has is refused, and so is the same cluster until it has left', async () => {
  const first = await peered('known');
  const second = await invite();
  const stranger = consumer('known', 'another-uid');
  await redeem(await invitation(second), second, stranger);
  await phaseIs(second, 'Refused');
  await conditionIs(second, 'Accepted', 'False', 'ClusterIDTaken');
  expect((await conditionsOf(second))['Accepted']?.message).toContain(first.namespace);
  expect((await admin.get(peeringClaims, `${second}/peering`)).status?.token).toBeUndefined();
  expect((await admin.get(tenants, `${second}/peering`)).spec?.clusterID).toBeUndefined();
  expect(incoming.get('known')?.tenantNamespace).toBe(first.namespace);

  const third = await invite();
  await redeem(await invitation(third), third, first.who);
  await phaseIs(third, 'Refused');
  await conditionIs(third, 'Accepted', 'False', 'AlreadyPeered');

  await first.api.patch(peeringClaims, `${first.namespace}/peering`, { spec: { leaving: true } });
  const fourth = await invite();
  await redeem(await invitation(fourth), fourth, first.who);
  await phaseIs(fourth, 'Accepted');
  await phaseIs(first.namespace, 'Left');
  await vi.waitFor(async () => expect(await isThere(namespaces, first.namespace)).toBe(false), until);

  const own = await invite();
  await redeem(await invitation(own), own, consumer('prov'));
  await conditionIs(own, 'Accepted', 'False', 'OwnCluster');
});

test('namespaces are made only where granted and free, and taken once they are free', async () => {
  await admin.create(namespaces, plain('Namespace', '', 'theirs-ns'));
  const { namespace, api } = await peered('nsc', { podSecurity: 'restricted' });
  await desire(api, namespace, {
    a: 'theirs',
    b: 'kube-system',
    c: agentNamespace,
    theirs: 'theirs-ns',
    ns: 'ns-nsc',
  });
  await vi.waitFor(
    async () =>
      expect(await mapping(namespace)).toMatchObject({
        a: { phase: 'CreationLoopBackOff', reason: 'NotGranted' },
        b: { phase: 'CreationLoopBackOff', reason: 'Reserved' },
        c: { phase: 'CreationLoopBackOff', reason: 'Reserved' },
        theirs: { phase: 'CreationLoopBackOff', reason: 'NotGranted' },
        ns: { phase: 'Accepted' },
      }),
    until,
  );
  expect((await mapping(namespace))['a']?.message).toContain('--allow-namespace theirs');
  expect(await isThere(namespaces, 'theirs')).toBe(false);

  await admin.patch(tenants, `${namespace}/peering`, { spec: { allowedNamespaces: ['their*'] } });
  await vi.waitFor(
    async () =>
      expect(await mapping(namespace)).toMatchObject({
        a: { phase: 'Accepted' },
        theirs: { phase: 'CreationLoopBackOff', reason: 'NamespaceExists' },
      }),
    until,
  );
  await admin.delete(namespaces, 'theirs-ns');
  await vi.waitFor(async () => expect((await mapping(namespace))['theirs']?.phase).toBe('Accepted'), until);

  // Hosts of Ingresses are limited where the guards read them.
  const hosts = async () =>
    (await admin.get(namespaces, 'ns-nsc')).metadata.annotations?.['offloading.interspan.dev/ingress-hosts'];
  expect(await hosts()).toBeUndefined();
  const limit = (ingressHosts: readonly string[] | null) =>
    admin.patch(tenants, `${namespace}/peering`, { spec: { ingressHosts } });
  await limit(['*.nsc.example.com', 'nsc.example.com']);
  await vi.waitFor(async () => expect(await hosts()).toBe('*.nsc.example.com, nsc.example.com'), until);
  await limit([]);
  await vi.waitFor(async () => expect(await hosts()).toBe(''), until);
  await limit(null);
  await vi.waitFor(async () => expect(await hosts()).toBeUndefined(), until);

  // Two for one: who has it keeps it.
  await desire(api, namespace, { '0': 'theirs' });
  await vi.waitFor(async () => expect((await mapping(namespace))['0']?.reason).toBe('MappedTwice'), until);
  expect((await mapping(namespace))['a']?.phase).toBe('Accepted');

  // Deleted by hand it is made again; so are the rights in it.
  const { uid } = (await admin.get(namespaces, 'ns-nsc')).metadata;
  await admin.delete(namespaces, 'ns-nsc');
  await vi.waitFor(async () => {
    const again = await admin.get(namespaces, 'ns-nsc');
    expect(again.metadata.uid).not.toBe(uid);
    expect(again.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect((await mapping(namespace))['ns']?.phase).toBe('Accepted');
  }, until);
  await vi.waitFor(
    async () => expect(await isThere(roleBindings, 'ns-nsc/offload-tenant')).toBe(true),
    until,
  );
  await admin.delete(roleBindings, 'ns-nsc/offload-tenant');
  await vi.waitFor(
    async () => expect(await isThere(roleBindings, 'ns-nsc/offload-tenant')).toBe(true),
    until,
  );
});

test('a twin with something else in it is kept, emptied of what came from the consumer', async () => {
  const { namespace, api } = await peered('fol');
  await desire(api, namespace, { web: 'web-fol' });
  await vi.waitFor(async () => expect((await mapping(namespace))['web']?.phase).toBe('Accepted'), until);
  await admin.create(configMaps, plain('ConfigMap', 'web-fol', 'by-hand'));
  const mine = { namespace: 'web-fol', name: 'reflected', labels: { [labels.origin]: 'fol' } };
  await vi.waitFor(
    () => api.create(configMaps, { ...plain('ConfigMap', 'web-fol', 'reflected'), metadata: mine }),
    until,
  );
  await api.create(shadowPods, {
    apiVersion: apiVersion(shadowPods),
    kind: 'ShadowPod',
    metadata: { ...mine, name: 'pod' },
    spec: {},
  });
  await desire(api, namespace, { web: null });
  await vi.waitFor(
    async () =>
      expect((await mapping(namespace))['web']).toMatchObject({
        phase: 'Terminating',
        reason: 'ForeignObjectsLeft',
        message: expect.stringContaining('configmap/by-hand'),
      }),
    until,
  );
  expect(await isThere(configMaps, 'web-fol/by-hand')).toBe(true);
  expect(await isThere(configMaps, 'web-fol/reflected')).toBe(false);
  expect(await isThere(shadowPods, 'web-fol/pod')).toBe(false);
  expect(await admin.readList(roleBindings, { namespace: 'web-fol' })).toEqual([]);
  expect((await admin.get(namespaces, 'web-fol')).metadata.labels).toEqual({
    'kubernetes.io/metadata.name': 'web-fol',
  });
  const events = await server.kubectl('get', 'events', '-n', namespace, '-o', 'jsonpath={..reason}');
  expect(events).toContain('ForeignObjectsLeft');
  // After a minute nothing is said of it.
  skewMs = 61_000;
  tenancy.touch();
  await vi.waitFor(async () => expect(await mapping(namespace)).toEqual({}), until);
});

test('the token is replaced at two thirds of its life, and a changed grant at once', async () => {
  const { namespace } = await peered('tok');
  const token = async () => (await admin.get(peeringClaims, `${namespace}/peering`)).status?.token?.sealed;
  const before = await token();
  skewMs = 15.9 * 3_600_000;
  grant = { ...grant, nodeLabels: { tier: 'gold' } };
  tenancy.touch();
  await vi.waitFor(
    async () =>
      expect((await admin.get(peeringClaims, `${namespace}/peering`)).status?.grant?.nodeLabels).toEqual({
        tier: 'gold',
      }),
    until,
  );
  expect(await token()).toBe(before);
  await conditionIs(namespace, 'Silent', 'True');
  expect(incoming.get('tok')).toMatchObject({ word: 'Error', reason: 'Silent' });
  skewMs = 16.1 * 3_600_000;
  tenancy.touch();
  await vi.waitFor(async () => expect(await token()).not.toBe(before), until);
});

test('an invitation that nobody redeems is gone after a day', async () => {
  const namespace = await invite();
  const invitee = await invitation(namespace);
  skewMs = 24 * 3_600_000 + 1000;
  tenancy.touch();
  await conditionIs(namespace, 'InvitationExpired', 'True');
  expect((await conditionsOf(namespace))['Invited']?.status).toBe('False');
  expect(await isThere(serviceAccounts, `${namespace}/invitation`)).toBe(false);
  expect(await isThere(secrets, `${namespace}/invitation`)).toBe(false);
  expect(await code(invitee.patch(peeringClaims, `${namespace}/peering`, { spec: {} }))).not.toBe('done');
});

test('a Tenant of another engine is left alone', async () => {
  const namespace = await invite({ csr: 'Y3Ny', clusterID: 'liqos' });
  await peered('after');
  expect(await isThere(peeringClaims, `${namespace}/peering`)).toBe(false);
  expect((await admin.get(tenants, `${namespace}/peering`)).status?.conditions).toBeUndefined();
  expect(await admin.readList(roleBindings, { namespace })).toEqual([]);
});

test('ended by the provider: the annotation, or the Tenant deleted by hand', async () => {
  const one = await peered('byann');
  const two = await peered('byhand');
  await desire(one.api, one.namespace, { x: 'x-byann' });
  await desire(two.api, two.namespace, { x: 'x-byhand' });
  const inUse = () => twins.map(({ namespace }) => namespace);
  await vi.waitFor(() => expect(inUse()).toEqual(expect.arrayContaining(['x-byann', 'x-byhand'])), until);
  await admin.patch(tenants, `${one.namespace}/peering`, {
    metadata: { annotations: { [annotations.leave]: 'true' } },
  });
  await admin.delete(tenants, `${two.namespace}/peering`);
  for (const gone of ['x-byann', 'x-byhand', one.namespace, two.namespace]) await isGone(namespaces, gone);
});

test('an agent that is back knows every twin from the first word on', async () => {
  const { namespace, api } = await peered('again');
  await desire(api, namespace, { x: 'x-again', y: 'y-again' });
  const mine = (list: readonly TwinNamespace[]) =>
    list.filter(({ consumer: id }) => id === 'again').map(({ namespace: name }) => name);
  await vi.waitFor(() => expect(mine(twins)).toEqual(['x-again', 'y-again']), until);
  await stop();
  said.length = 0;
  start();
  await vi.waitFor(() => expect(said.length).toBeGreaterThan(0), until);
  expect(mine(said[0] ?? [])).toEqual(['x-again', 'y-again']);
  expect(incoming.get('again')?.word).toBe('Established');
});

test('what this cluster has to offer is read from its nodes and the Service of its gateway', async () => {
  const node = (name: string, address: string, kubeletVersion: string, type: string) =>
    admin
      .create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [labels.type]: type } } })
      .then(() =>
        admin.patchStatus(nodes, name, {
          addresses: [{ type: 'InternalIP', address }],
          conditions: [{ type: 'Ready', status: 'True' }],
          nodeInfo: { kubeletVersion, architecture: 'arm64' },
        }),
      );
  const spec = { type: 'NodePort', ports: [{ name: 'gateway', port: 5871, nodePort: 31871 }] };
  const changes: LocalGrant[] = [];
  let override: readonly string[] = [];
  const local = startLocalGrant(
    {
      source: agent,
      clusterLabels: { region: 'eu' },
      gateway: { fingerprint: 'f', addresses: () => override },
      onChange: () => changes.push(local()),
    },
    running.signal,
  );
  await admin.create(services, plain('Service', agentNamespace, 'offload-gateway', { spec }));
  await node('real', '192.0.2.9', 'v1.36.3', 'real');
  await node('virtual', '192.0.2.10', 'v1.0.0', 'virtual-node');
  const expected = {
    kubeletVersion: 'v1.36.3',
    architecture: 'arm64',
    nodeLabels: { region: 'eu' },
    gatewayFingerprint: 'f',
    gatewayAddresses: ['192.0.2.9:31871'],
  };
  await vi.waitFor(() => expect(changes.at(-1)).toEqual(expected), until);
  override = ['gateway.example.com:443'];
  expect(local().gatewayAddresses).toEqual(override);
});

test('a tenant namespace deleted by hand takes its twins with it', async () => {
  const { namespace, api } = await peered('wholens');
  await desire(api, namespace, { x: 'x-wholens' });
  const inUse = () => twins.some(({ namespace: name }) => name === 'x-wholens');
  await vi.waitFor(() => expect(inUse()).toBe(true), until);
  await admin.delete(namespaces, namespace);
  await isGone(namespaces, 'x-wholens');
  expect(inUse()).toBe(false);
  await isGone(namespaces, namespace);
});

/** One peering from the invitation, which is there, to its end. */
async function whole(namespace: string, id: string): Promise<void> {
  const who = consumer(id);
  await redeem(await invitation(namespace), namespace, who);
  const api = await tenantApi(namespace, who);
  await desire(api, namespace, { web: `web-${id}` });
  await vi.waitFor(async () => expect((await mapping(namespace))['web']?.phase).toBe('Accepted'), until);
  const heartbeat = new Date(Date.now() + skewMs).toISOString();
  await api.patch(peeringClaims, `${namespace}/peering`, { spec: { heartbeat } });
  await desire(api, namespace, { web: null });
  await isGone(namespaces, `web-${id}`);
  await api.patch(peeringClaims, `${namespace}/peering`, { spec: { leaving: true } });
  await vi.waitFor(async () => {
    // What waits for its time need not take it here.
    skewMs += 3000;
    tenancy.touch();
    expect(await isThere(namespaces, namespace)).toBe(false);
  }, until);
}

/** The agent's API, until so many writes were made of it: then none happens any longer. */
function mortal(writes: number, die: () => void): ApiServerSource {
  let left = writes;
  const write =
    <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (left <= 0) throw new SourceError('unavailable', 'dead');
      left -= 1;
      const result = await work(...args);
      if (left === 0) {
        die();
        throw new SourceError('unavailable', 'died');
      }
      return result;
    };
  return {
    ...agent,
    apply: write(agent.apply) as ApiServerSource['apply'],
    applyStatus: write(agent.applyStatus) as ApiServerSource['applyStatus'],
    create: write(agent.create) as ApiServerSource['create'],
    patch: write(agent.patch),
    patchStatus: write(agent.patchStatus),
    delete: write(agent.delete),
    request: write(agent.request),
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(10);
}
