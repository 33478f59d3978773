import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { annotations, labels, roles } from '#agent/model/names.ts';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import { type Identity, loadIdentity } from '#agent/peering/identity.ts';
import { keyFingerprint } from '#agent/peering/judge-claim.ts';
import { recordSecret } from '#agent/peering/peering-record.ts';
import { Redeeming } from '#agent/peering/redeem.ts';
import { type PeeringOptions, startPeering } from '#agent/peering/start-peering.ts';
import { namespaces, secrets } from '#core/api/kubernetes.ts';
import { type ForeignCluster, foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { type PeeringClaim, peeringClaims } from '#core/api/offload/peering-claim.ts';
import { encodeInvitation, type Invitation } from '#core/peering/invitation.ts';
import { publicKeyText, seal } from '#core/peering/seal.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { accountCredentials } from '#test/support/token-credentials.ts';

const system = 'offload-system';
const manifests = join(import.meta.dirname, '../../manifests/offload');
const providerUID = 'uid-of-the-provider';
let provider: TestApiServer;
let consumer: TestApiServer;
let caOfProvider: string;
let admin: ApiServerSource;
let atProvider: ApiServerSource;
let identity: Identity;
const all = new AbortController();

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const common = { identity: 'test', log, now: () => performance.now(), random: Math.random };
const asAdmin = ({ kubeconfig }: TestApiServer, fieldManager: string): Promise<ApiServerSource> =>
  apiServerSource({ ...common, kubeconfig, fieldManager, signal: all.signal });
const tokenOf = async (server: TestApiServer, namespace: string, ...args: string[]): Promise<string> =>
  (await server.kubectl('-n', namespace, 'create', 'token', ...args)).trim();

beforeAll(async () => {
  [provider, consumer] = await Promise.all([startApiServer(), startApiServer()]);
  const install = async (server: TestApiServer): Promise<void> => {
    await server.kubectl('apply', '-k', `${manifests}/crds`);
    await server.kubectl('apply', '-f', `${manifests}/namespace.yaml`, '-f', `${manifests}/rbac.yaml`);
    await server.kubectl('wait', '--for=condition=Established', 'crd', '--all');
  };
  await Promise.all([provider, consumer].map(install));
  await consumer.kubectl(
    '-n',
    system,
    'create',
    'configmap',
    'offload-cluster',
    '--from-literal=clusterID=eu',
  );
  caOfProvider = readFileSync(provider.access.authority, 'utf8');
  [admin, atProvider] = await Promise.all([asAdmin(consumer, 'test'), asAdmin(provider, 'test')]);
});
afterAll(async () => {
  all.abort();
  await Promise.all([provider?.[Symbol.asyncDispose](), consumer?.[Symbol.asyncDispose]()]);
});

let runs: { readonly stop: () => Promise<void> }[];
let plays: AbortController;
beforeEach(() => {
  runs = [];
  plays = new AbortController();
});
afterEach(async () => {
  plays.abort();
  for (const each of runs) await each.stop();
  for (const { metadata } of await admin.readList(secrets, { namespace: system }))
    if (/^(invitation|peering)-/.test(metadata.name))
      await admin.delete(secrets, `${system}/${metadata.name}`);
  for (const { metadata } of await admin.readList(foreignClusters))
    await admin.delete(foreignClusters, metadata.name);
});

let invitations = 0;
const serverOf = (server: TestApiServer): string => server.access.server;

/** What `generate peer-command` leaves at the provider. */
async function invite(clusterID: string, more: Partial<Invitation> = {}): Promise<Invitation> {
  const namespace = `liqo-tenant-${++invitations}`;
  const meta = (name: string) => ({ namespace, name });
  const binding = (name: string, role: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: meta(name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  const account = (name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(name) });
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    account('invitation'),
    account('tenant'),
    { apiVersion: 'v1', kind: 'Secret', metadata: meta('invitation') },
    binding('invitation', roles.invitation),
    binding('tenant', roles.tenantInTenant),
    { apiVersion: 'interspan.dev/v1alpha1', kind: 'PeeringClaim', metadata: meta('peering'), spec: {} },
  ];
  await provider.kubectlWith(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'apply', '-f', '-');
  const bound = ['--bound-object-kind', 'Secret', '--bound-object-name', 'invitation'];
  return {
    provider: { clusterID, clusterUID: providerUID },
    servers: [serverOf(provider)],
    ca: caOfProvider,
    gateway: { addresses: ['127.0.0.1:5871'], fingerprint: 'gateway-fingerprint' },
    tenantNamespace: namespace,
    token: await tokenOf(provider, namespace, 'invitation', ...bound),
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    ...more,
  };
}

async function hand(invitation: Invitation, more: { text?: string; notes?: Record<string, string> } = {}) {
  const { clusterID } = invitation.provider;
  const text = more.text ?? encodeInvitation(invitation);
  await admin.apply(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: system,
      name: `invitation-${clusterID}`,
      annotations: { [annotations.invitationFor]: clusterID, ...more.notes },
    },
    type: 'Opaque',
    data: { invitation: Buffer.from(text).toString('base64') },
  });
}

async function sealedToken(claim: PeeringClaim, seconds = 3600) {
  const namespace = claim.metadata.namespace as string;
  const token = await tokenOf(provider, namespace, 'tenant', `--duration=${seconds}s`);
  return {
    sealed: seal(claim.spec?.consumer?.publicKey ?? '', token),
    expirationTimestamp: new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, ''),
  };
}

async function accept(clusterID: string, claim: PeeringClaim, seconds?: number): Promise<void> {
  const status = {
    phase: 'Accepted',
    token: await sealedToken(claim, seconds),
    grant: {
      providerClusterID: clusterID,
      providerClusterUID: providerUID,
      resources: { cpu: '4' },
      kubeletVersion: 'v1.36.3',
      architecture: 'amd64',
    },
  };
  await atProvider.patchStatus(peeringClaims, `${claim.metadata.namespace}/peering`, status);
}

/** The provider's agent, for as long as the test runs: accepts who redeemed, lets go who leaves. */
function playProvider(clusterID: string, seconds?: number): void {
  const busy = new Set<string>();
  const look = (claim: PeeringClaim): void => {
    const { consumer: redeemed, leaving } = claim.spec ?? {};
    const phase = claim.status?.phase;
    const key = `${claim.metadata.namespace}/${leaving === true}`;
    if (busy.has(key) || redeemed === undefined) return;
    if (leaving === true && phase !== 'Left') {
      busy.add(key);
      void atProvider.patchStatus(peeringClaims, `${claim.metadata.namespace}/peering`, { phase: 'Left' });
    } else if (phase === undefined) {
      busy.add(key);
      void accept(clusterID, claim, seconds);
    }
  };
  // A watch would be slow to come back after the API server was away.
  const timer = setInterval(() => {
    atProvider.readList(peeringClaims).then(
      (claims) => claims.forEach(look),
      () => undefined,
    );
  }, 100);
  plays.signal.addEventListener('abort', () => clearInterval(timer));
}

/** The agent, with the rights of its manifest. */
async function agent(more: Partial<PeeringOptions> & { readonly dieAfterWrites?: number } = {}) {
  const ended = new AbortController();
  const { signal } = ended;
  const credentials = await accountCredentials(consumer, system, 'offload-agent');
  const own = await apiServerSource({ ...common, credentials, fieldManager: 'offload-agent', signal });
  identity = await loadIdentity({ source: own, namespace: system, version: '1.0.0', log }, signal);
  const links: ProviderLink[] = [];
  const left: string[] = [];
  let writes = 0;
  const died = Promise.withResolvers<void>();
  const count = <A extends unknown[], R>(work: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      signal.throwIfAborted();
      const result = await work(...args);
      if (++writes === more.dieAfterWrites) {
        ended.abort();
        died.resolve();
        throw new Error('killed');
      }
      return result;
    };
  };
  const source: ApiServerSource = {
    ...own,
    apply: count(own.apply) as ApiServerSource['apply'],
    applyStatus: count(own.applyStatus) as ApiServerSource['applyStatus'],
    patch: count(own.patch),
    delete: count(own.delete),
  };
  const peering = startPeering(
    {
      ...common,
      source,
      identity,
      namespace: system,
      wallClock: Date.now,
      openRemote: (remote, end) =>
        apiServerSource({ ...common, credentials: remote, fieldManager: 'offload-agent', signal: end }),
      onLink: (link) => void links.push(link),
      onLeave: async (link) => void left.push(link.clusterID),
      keepNamespaceMs: 0,
      ...more,
    },
    signal,
  );
  const stop = async (): Promise<void> => {
    ended.abort();
    await peering.drained;
  };
  const running = { peering, links, left, stop, died: died.promise, writes: () => writes };
  runs.push(running);
  return running;
}

async function foreignCluster(clusterID: string): Promise<ForeignCluster | undefined> {
  return (await admin.readList(foreignClusters)).find(({ metadata }) => metadata.name === clusterID);
}
const eventually = <T>(work: () => Promise<T> | T, timeout = 20_000): Promise<T> =>
  vi.waitFor(work, { timeout, interval: 50 });
const phase = (clusterID: string, wanted: string, timeout?: number): Promise<void> =>
  eventually(async () => expect((await foreignCluster(clusterID))?.status?.phase).toBe(wanted), timeout);
const gone = (clusterID: string, timeout?: number): Promise<void> =>
  eventually(async () => expect(await foreignCluster(clusterID)).toBeUndefined(), timeout);
const condition = async (clusterID: string, type: string) =>
  (await foreignCluster(clusterID))?.status?.conditions?.find((each) => each.type === type);
const conditionIs = (clusterID: string, type: string, wanted: object, timeout?: number): Promise<void> =>
  eventually(async () => expect(await condition(clusterID, type)).toMatchObject(wanted), timeout);
const secretNames = async (): Promise<string[]> =>
  (await admin.readList(secrets, { namespace: system })).map(({ metadata }) => metadata.name);
const wish = (clusterID: string, text: string): Promise<string> =>
  consumer.kubectl('annotate', '--overwrite', 'foreigncluster', clusterID, `${annotations.leave}=${text}`);

/** There is no controller manager that would. */
async function finishDeleting(namespace: string): Promise<void> {
  const there = (await admin.readList(namespaces)).find(({ metadata }) => metadata.name === namespace);
  if (there?.metadata.deletionTimestamp === undefined) return;
  await admin.request({
    method: 'PUT',
    path: `/api/v1/namespaces/${namespace}/finalize`,
    body: { ...there, spec: { finalizers: [] } },
    intent: { verb: 'update', resource: namespaces, name: namespace },
  });
}

test('an invitation becomes a link: namespace, rights, Secret, status and event; nothing is written when nothing changes', async () => {
  playProvider('p-all');
  const { links, peering } = await agent();
  await hand(await invite('p-all'));
  await phase('p-all', 'Established');
  expect(links).toHaveLength(1);
  const [link] = links as [ProviderLink];
  expect(link).toMatchObject({
    clusterID: 'p-all',
    nodeName: 'liqo-p-all',
    tenantNamespace: 'liqo-tenant-p-all',
  });
  expect(peering.links()).toEqual(links);
  expect(link.state()).toEqual({ kind: 'connected' });
  expect(link.grant()).toMatchObject({
    resources: { cpu: '4' },
    gatewayFingerprint: 'gateway-fingerprint',
    gatewayAddresses: ['127.0.0.1:5871'],
  });
  const claim = await link.remote.get(peeringClaims, `${link.remoteTenantNamespace}/peering`);
  expect(claim.spec?.consumer?.clusterID).toBe('eu');
  await expect(link.remote.readList(secrets)).rejects.toMatchObject({ code: 'forbidden' });
  expect(await secretNames()).toContain('peering-p-all');
  expect(await secretNames()).not.toContain('invitation-p-all');
  const namespace = await admin.get(namespaces, 'liqo-tenant-p-all');
  expect(namespace.metadata.labels).toMatchObject({
    [labels.tenantNamespace]: 'true',
    [labels.remoteClusterID]: 'p-all',
  });
  await consumer.kubectl('-n', 'liqo-tenant-p-all', 'get', 'rolebinding', 'offload-agent');
  peering.setNetworking('p-all', { up: true, message: 'streams can be opened' });
  await conditionIs('p-all', 'NetworkReady', { status: 'True' });
  await conditionIs('p-all', 'Ready', { status: 'True', reason: 'Peered' });
  const object = await foreignCluster('p-all');
  expect(object?.status).toMatchObject({
    role: 'Provider',
    outgoingPeering: 'Established',
    incomingPeering: 'None',
    networking: 'Established',
    authentication: 'Established',
    tenantNamespace: { local: 'liqo-tenant-p-all', remote: link.remoteTenantNamespace },
  });
  expect(await consumer.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}')).toContain('Peered');
  await eventually(async () => {
    const { spec } = await atProvider.get(peeringClaims, `${link.remoteTenantNamespace}/peering`);
    expect(spec?.heartbeat).toBeDefined();
  });
  const version = (await foreignCluster('p-all'))?.metadata.resourceVersion;
  peering.setNetworking('p-all', { up: true, message: 'streams can be opened' });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await foreignCluster('p-all'))?.metadata.resourceVersion).toBe(version);
});

test('of 20 that redeem together one wins, and all others are told who', async () => {
  const invitation = await invite('p-race');
  const racers = Array.from({ length: 20 }, (_, number): Identity => {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const gateway = { keyPem: '', certificatePem: '', fingerprint: `f-${number}` };
    const who = { clusterID: `c-${number}`, clusterUID: `u-${number}`, clusterLabels: {}, version: '1' };
    return { ...who, encryptionKey: privateKey, publicKey: publicKeyText(publicKey), gateway };
  });
  const results = await Promise.all(
    racers.map(async (racer) => {
      const redeeming = new Redeeming({
        invitation,
        identity: racer,
        wallClock: Date.now,
        attempted: false,
        onAttempt: async () => undefined,
      });
      try {
        return await redeeming.step(all.signal);
      } catch (error) {
        return error as Error & { readonly code: string };
      } finally {
        await redeeming.close();
      }
    }),
  );
  const { spec } = await atProvider.get(peeringClaims, `${invitation.tenantNamespace}/peering`);
  const { clusterID = '', publicKey = '' } = spec?.consumer ?? {};
  const winners = results.flatMap((result, number) => ('kind' in result ? [racers[number]?.clusterID] : []));
  expect(winners).toEqual([clusterID]);
  for (const result of results.filter((each) => !('kind' in each))) {
    expect(result).toMatchObject({ code: 'InvitationUsed' });
    expect((result as Error).message).toContain(`cluster ${clusterID} with key ${keyFingerprint(publicKey)}`);
  }
});

test('an invitation that was redeemed is refused with the name of who did; a new one mends it', async () => {
  playProvider('p-used');
  await agent();
  const invitation = await invite('p-used');
  const other = {
    clusterID: 'us',
    clusterUID: 'u',
    publicKey: publicKeyText(generateKeyPairSync('x25519').publicKey),
  };
  await atProvider.patch(peeringClaims, `${invitation.tenantNamespace}/peering`, {
    spec: { consumer: { ...other, gatewayFingerprint: 'g' } },
  });
  await hand(invitation);
  await conditionIs('p-used', 'InvitationAccepted', { status: 'False', reason: 'InvitationUsed' });
  const said = (await condition('p-used', 'InvitationAccepted'))?.message;
  expect(said).toContain(`cluster us with key ${keyFingerprint(other.publicKey)}`);
  expect(said).toContain('generate peer-command');
  expect((await foreignCluster('p-used'))?.status).toMatchObject({
    phase: 'Refused',
    outgoingPeering: 'Error',
  });
  await hand(await invite('p-used'));
  await phase('p-used', 'Established');
});

test('what can never be redeemed is refused with its reason', async () => {
  await agent();
  const revoked = async (clusterID: string, more: Partial<Invitation> = {}): Promise<Invitation> => {
    const invitation = await invite(clusterID, more);
    await provider.kubectl('-n', invitation.tenantNamespace, 'delete', 'secret', 'invitation');
    return invitation;
  };
  await hand(await invite('p-mangled'), { text: encodeInvitation(await invite('p-mangled')).slice(0, -3) });
  await hand(await revoked('p-expired', { expiresAt: '2020-01-01T00:00:00Z' }));
  await hand(await revoked('p-withdrawn'));
  await hand(await revoked('p-crashed'), { notes: { 'offloading.interspan.dev/redeeming': 'true' } });
  await hand(await invite('p-self', { provider: { clusterID: 'p-self', clusterUID: identity.clusterUID } }));
  await hand(await invite('eu'));
  await Promise.all(
    [
      ['p-mangled', 'InvitationMangled'],
      ['p-expired', 'InvitationExpired'],
      ['p-withdrawn', 'InvitationUsed'],
      ['p-crashed', 'InvitationExpired'],
      ['p-self', 'SelfPeering'],
      ['eu', 'ClusterIDTaken'],
    ].map(([clusterID = '', reason]) =>
      conditionIs(clusterID, 'InvitationAccepted', { status: 'False', reason }),
    ),
  );
  expect((await condition('p-crashed', 'InvitationAccepted'))?.message).toContain('peer-command');
  await wish('p-mangled', 'true');
  await gone('p-mangled');
  expect(await secretNames()).not.toContain('invitation-p-mangled');
});

test('what the provider refuses is shown in its words', async () => {
  await agent();
  const invitation = await invite('p-no');
  await hand(invitation);
  await conditionIs('p-no', 'InvitationAccepted', { status: 'Unknown', reason: 'WaitingForProvider' });
  const lastTransitionTime = new Date().toISOString();
  const refusal = {
    type: 'Accepted',
    status: 'False',
    reason: 'ClusterIDTaken',
    message: 'eu is another cluster',
  };
  await atProvider.patchStatus(peeringClaims, `${invitation.tenantNamespace}/peering`, {
    phase: 'Refused',
    conditions: [{ ...refusal, lastTransitionTime }],
  });
  await conditionIs('p-no', 'InvitationAccepted', { status: 'False', reason: 'ClusterIDTaken' });
  expect((await condition('p-no', 'InvitationAccepted'))?.message).toContain(
    'p-no refused: eu is another cluster',
  );
});

test('every address is tried, and those that fail are named', async () => {
  playProvider('p-addresses');
  await agent();
  const closed = await closedPort();
  const dead = `https://127.0.0.1:${closed}`;
  const invitation = await invite('p-addresses');
  await hand({ ...invitation, servers: [dead] });
  await conditionIs('p-addresses', 'InvitationAccepted', { status: 'False', reason: 'ProviderUnreachable' });
  expect((await condition('p-addresses', 'InvitationAccepted'))?.message).toContain(`127.0.0.1:${closed}`);
  await hand({ ...invitation, servers: [dead, serverOf(provider)] });
  await phase('p-addresses', 'Established');
});

test('killed after any write, the next one finishes the peering', async () => {
  playProvider('p-crash');
  let most = 1;
  for (let writes = 1; writes <= most; writes++) {
    const first = await agent({ dieAfterWrites: writes });
    await hand(await invite('p-crash'));
    await Promise.race([first.died, phase('p-crash', 'Established')]);
    await first.stop();
    const second = await agent();
    await phase('p-crash', 'Established');
    await eventually(() => expect(second.links).toHaveLength(1));
    await eventually(async () => expect(await secretNames()).not.toContain('invitation-p-crash'));
    await second.stop();
    // All writes of one that is not killed.
    if (writes === 1) most = await writesOfPeering();
    await clear('p-crash');
  }
  expect(most).toBeGreaterThanOrEqual(6);
}, 180_000);

async function writesOfPeering(): Promise<number> {
  await clear('p-crash');
  const whole = await agent();
  await hand(await invite('p-crash'));
  await phase('p-crash', 'Established');
  await whole.stop();
  return whole.writes();
}

async function clear(clusterID: string): Promise<void> {
  for (const name of [`peering-${clusterID}`, `invitation-${clusterID}`])
    await admin.delete(secrets, `${system}/${name}`);
  await admin.delete(foreignClusters, clusterID);
  await admin.delete(namespaces, `liqo-tenant-${clusterID}`);
  await finishDeleting(`liqo-tenant-${clusterID}`);
}

test('a provider that is away is unreachable after 2 s, and connected again when it is back', async () => {
  playProvider('p-away');
  const first = await agent();
  await hand(await invite('p-away'));
  await phase('p-away', 'Established');
  await provider.stop();
  try {
    await phase('p-away', 'Unreachable', 6000);
    const [link] = first.links as [ProviderLink];
    expect(link.state()).toMatchObject({ kind: 'unreachable' });
    expect(await condition('p-away', 'APIServerReady')).toMatchObject({
      status: 'False',
      reason: 'ProviderUnreachable',
      message: expect.stringContaining(serverOf(provider).replace('https://', '')),
    });
    expect(link.signal.aborted).toBe(false);
    await first.stop();
    expect(link.signal.aborted).toBe(true);
    const second = await agent();
    await eventually(() => expect(second.links[0]?.state().kind).toBe('unreachable'));
    expect(second.links[0]?.grant().resources).toEqual({ cpu: '4' });
    await provider.start();
    await phase('p-away', 'Established');
    expect(second.links).toHaveLength(1);
  } finally {
    await provider.start();
  }
});

test('leaving drains, tells the provider, and removes all of it; killed after any write, the next one finishes it', async () => {
  playProvider('p-leave');
  let most = 1;
  for (let writes = 1; writes <= most + 1; writes++) {
    const first = await agent();
    const invitation = await invite('p-leave');
    await hand(invitation);
    await phase('p-leave', 'Established');
    await first.stop();
    await wish('p-leave', 'true');
    // The first one is not killed: it counts.
    const second = await agent(writes === 1 ? {} : { dieAfterWrites: writes - 1 });
    await Promise.race([second.died, gone('p-leave')]);
    if (writes === 1) {
      expect(second.left).toEqual(['p-leave']);
      expect(second.links[0]?.signal.aborted).toBe(true);
      expect(second.peering.links()).toEqual([]);
      most = second.writes();
    } else {
      await second.stop();
      await agent();
    }
    await gone('p-leave');
    expect(await secretNames()).not.toContain('peering-p-leave');
    const { spec } = await atProvider.get(peeringClaims, `${invitation.tenantNamespace}/peering`);
    expect(spec?.leaving).toBe(true);
    await finishDeleting('liqo-tenant-p-leave');
    for (const each of runs) await each.stop();
    await clear('p-leave');
  }
  expect(most).toBeGreaterThanOrEqual(4);
}, 180_000);

test('who peers again soon gets the namespace that is still there; else it goes', async () => {
  playProvider('p-soon');
  await agent({ keepNamespaceMs: 3000 });
  const uids: (string | undefined)[] = [];
  for (let times = 0; times < 2; times++) {
    await hand(await invite('p-soon'));
    await phase('p-soon', 'Established');
    uids.push((await admin.get(namespaces, 'liqo-tenant-p-soon')).metadata.uid);
    await wish('p-soon', 'true');
    await gone('p-soon');
  }
  expect(uids[0]).toBeDefined();
  expect(uids[1]).toBe(uids[0]);
  await finishDeleting('liqo-tenant-p-soon');
});

test('with the provider gone, leaving departs at once; it is told when it is back', async () => {
  playProvider('p-gone');
  const { links } = await agent();
  const invitation = await invite('p-gone');
  await hand(invitation);
  await phase('p-gone', 'Established');
  await provider.stop();
  try {
    await phase('p-gone', 'Unreachable', 6000);
    await wish('p-gone', 'true');
    await phase('p-gone', 'Departed', 10_000);
    expect(links[0]?.signal.aborted).toBe(true);
    expect((await foreignCluster('p-gone'))?.status?.outgoingPeering).toBe('Departed');
    expect((await admin.get(namespaces, 'liqo-tenant-p-gone')).metadata.deletionTimestamp).toBeDefined();
    expect(await secretNames()).toContain('peering-p-gone');
  } finally {
    await provider.start();
  }
  await gone('p-gone', 45_000);
  expect(await secretNames()).not.toContain('peering-p-gone');
  expect((await atProvider.get(peeringClaims, `${invitation.tenantNamespace}/peering`)).spec?.leaving).toBe(
    true,
  );
  await finishDeleting('liqo-tenant-p-gone');
});

test('forget drops a departed peering; a departed one is peered anew', async () => {
  playProvider('p-again');
  const { links } = await agent();
  for (const ending of ['forget', 'again']) {
    await hand(await invite('p-again'));
    await phase('p-again', 'Established');
    await provider.stop();
    try {
      await phase('p-again', 'Unreachable', 6000);
      await wish('p-again', 'true');
      await phase('p-again', 'Departed', 10_000);
      await finishDeleting('liqo-tenant-p-again');
      if (ending === 'forget') {
        await wish('p-again', 'forget');
        await gone('p-again');
        expect(await secretNames()).not.toContain('peering-p-again');
      }
    } finally {
      await provider.start();
    }
  }
  await hand(await invite('p-again'));
  await phase('p-again', 'Established');
  expect(links).toHaveLength(3);
  expect(links.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
}, 180_000);

test('a provider that has ended the peering refuses; a claim that is gone too', async () => {
  playProvider('p-ended');
  const { links } = await agent();
  const invitation = await invite('p-ended');
  await hand(invitation);
  await phase('p-ended', 'Established');
  await atProvider.delete(peeringClaims, `${invitation.tenantNamespace}/peering`);
  await phase('p-ended', 'Refused');
  expect(links[0]?.state().kind).toBe('refused');
  expect(links[0]?.signal.aborted).toBe(false);
  await wish('p-ended', 'true');
  await gone('p-ended');
  await finishDeleting('liqo-tenant-p-ended');
});

test('tokens are renewed: the one in the claim is taken, and without one we ask ourselves', async () => {
  playProvider('p-token', 600);
  let ahead = 0;
  const { links } = await agent({ wallClock: () => Date.now() + ahead });
  const invitation = await invite('p-token');
  await hand(invitation);
  await phase('p-token', 'Established');
  const token = async (): Promise<string | undefined> =>
    (await admin.get(secrets, `${system}/peering-p-token`)).data?.['token'];
  const key = `${invitation.tenantNamespace}/peering`;
  const first = await token();
  await atProvider.patchStatus(peeringClaims, key, {
    token: await sealedToken(await atProvider.get(peeringClaims, key), 1200),
  });
  await eventually(async () => expect(await token()).not.toBe(first));
  const second = await token();
  ahead = 1000_000;
  await eventually(async () => expect(await token()).not.toBe(second));
  const [link] = links as [ProviderLink];
  const { headers } = await link.credentials.access();
  expect(headers['authorization']).toBe(`Bearer ${Buffer.from((await token()) ?? '', 'base64')}`);
  await expect(link.remote.get(peeringClaims, key)).resolves.toBeDefined();
});

test('of two ways to the provider one may freeze: the link goes over the other', async () => {
  playProvider('p-ways');
  const { links } = await agent();
  await using frozen = await way();
  await using open = await way();
  await hand(await invite('p-ways', { servers: [frozen.url, open.url] }));
  await phase('p-ways', 'Established');
  const [link] = links as [ProviderLink];
  const states: string[] = [];
  link.onChange(() => void states.push(link.state().kind), link.signal);
  frozen.freeze();
  await eventually(async () => expect((await link.credentials.access()).server).toBe(open.url), 5000);
  await expect(
    link.remote.get(peeringClaims, `${link.remoteTenantNamespace}/peering`),
  ).resolves.toBeDefined();
  expect(link.state().kind).toBe('connected');
  expect(states).not.toContain('unreachable');
});

test('the Secret of a peering that stands is written again when somebody deletes it', async () => {
  playProvider('p-secret');
  const { links } = await agent();
  await hand(await invite('p-secret'));
  await phase('p-secret', 'Established');
  const before = (await admin.get(secrets, `${system}/peering-p-secret`)).data;
  await admin.delete(secrets, `${system}/peering-p-secret`);
  await eventually(async () =>
    expect((await admin.get(secrets, `${system}/peering-p-secret`)).data).toEqual(before),
  );
  expect(links).toHaveLength(1);
  expect(links[0]?.signal.aborted).toBe(false);
});

test('a provider that is to be forgotten is told, if it is there, and not waited for', async () => {
  const { left } = await agent();
  const invitation = await invite('p-forget');
  await hand(invitation);
  const key = `${invitation.tenantNamespace}/peering`;
  await eventually(async () =>
    expect((await atProvider.get(peeringClaims, key)).spec?.consumer).toBeDefined(),
  );
  await accept('p-forget', await atProvider.get(peeringClaims, key));
  await phase('p-forget', 'Established');
  await wish('p-forget', 'forget');
  await gone('p-forget', 5000);
  expect(left).toEqual(['p-forget']);
  expect((await atProvider.get(peeringClaims, key)).spec?.leaving).toBe(true);
  await finishDeleting('liqo-tenant-p-forget');
});

test('incoming peerings are shown, stand over a restart, and go when they end', async () => {
  const facts = {
    tenantNamespace: 'liqo-tenant-abc',
    word: 'Established',
    reason: 'Accepted',
    message: 'c-in consumes this cluster',
  } as const;
  const first = await agent();
  first.peering.setIncoming('c-in', facts);
  await phase('c-in', 'Established');
  await first.stop();
  const before = await foreignCluster('c-in');
  expect(before?.status).toMatchObject({
    role: 'Consumer',
    incomingPeering: 'Established',
    outgoingPeering: 'None',
  });
  const second = await agent();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await foreignCluster('c-in')).toEqual(before);
  second.peering.setIncoming('c-in', facts);
  second.peering.setIncoming('c-in', undefined);
  await gone('c-in');
});

test('an id that is known as that of another cluster is refused', async () => {
  const invitation = await invite('p-known');
  const known = recordSecret(system, {
    clusterID: 'p-known',
    clusterUID: 'uid-of-another',
    servers: invitation.servers,
    ca: invitation.ca,
    token: 'ended',
    obtainedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 3600_000).toISOString(),
    remoteTenantNamespace: 'liqo-tenant-former',
    grant: {
      providerClusterID: 'p-known',
      providerClusterUID: 'uid-of-another',
      resources: {},
      kubeletVersion: 'v1.36.3',
      architecture: 'amd64',
    },
    departed: true,
  });
  await admin.apply(secrets, known);
  await hand(invitation);
  await agent();
  await conditionIs('p-known', 'InvitationAccepted', { status: 'False', reason: 'ClusterIDTaken' });
});

/** A way to the provider's API server that can be made to say nothing more. */
async function way() {
  const target = Number(new URL(serverOf(provider)).port);
  const sockets = new Set<Socket>();
  let stopped = false;
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => undefined);
    }
    if (stopped) return;
    socket.pipe(onward);
    onward.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `https://127.0.0.1:${port}`,
    freeze: () => {
      stopped = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
