import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { annotations, labels, names, taints } from '#agent/model/names.ts';
import { type Node, namespaces, nodes, secrets, serviceAccounts } from '#core/api/kubernetes.ts';
import { type ForeignCluster, foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import { encodeInvitation, type Invitation, parseInvitation } from '#core/peering/invitation.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import * as ofPlugin from '#plugins/offload/cluster/names.ts';
import { main } from '#plugins/offload/main.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { everyObject } from '#test/support/every-object.ts';
import { playNamespaceController } from '#test/support/played-controllers.ts';

const system = 'offload-system';
const publicURL = 'https://us.example.com:6443';
let us: TestApiServer;
let eu: TestApiServer;
let atUs: ApiServerSource;
let atEu: ApiServerSource;
let directory: string;
let before: readonly string[];
const all = new AbortController();
const playing: Promise<void>[] = [];

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const asAdmin = ({ kubeconfig }: TestApiServer): Promise<ApiServerSource> =>
  apiServerSource({
    kubeconfig,
    fieldManager: 'played-agent',
    identity: 'test',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal: all.signal,
  });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plugin-offload-'));
  [us, eu] = await Promise.all([startApiServer(), startApiServer()]);
  [atUs, atEu] = await Promise.all([asAdmin(us), asAdmin(eu)]);
  for (const server of [us, eu]) playing.push(playNamespaceController(server, all.signal));
  before = await everyObject(eu.kubectl);
});
afterAll(async () => {
  all.abort();
  await Promise.all(playing);
  await Promise.all([us?.[Symbol.asyncDispose](), eu?.[Symbol.asyncDispose]()]);
  rmSync(directory, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the plugin in this process, as a person at this server who is not at a terminal. */
async function offload(server: TestApiServer, argv: readonly string[], input?: string): Promise<Run> {
  let out = '';
  let err = '';
  const code = await main(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    ...(input === undefined
      ? {}
      : { stdin: { isTTY: false, text: async () => input, line: async () => '' } }),
    env: { KUBECONFIG: server.kubeconfig },
    isTTY: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

const fine = (run: Run): Run => {
  expect(run, run.err).toMatchObject({ code: 0 });
  return run;
};

const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-11-21T09:00:00Z',
});

test('the plugin and the agent mean the same names', () => {
  expect(ofPlugin.names).toMatchObject({
    clusterConfig: names.clusterConfig,
    agent: names.agent,
    gateway: names.gateway,
    peering: names.peering,
    invitation: names.invitationAccount,
  });
  expect(names.invitationSecret).toBe(ofPlugin.names.invitation);
  const { partOf: _partOf, strategy: _strategy, ...shared } = ofPlugin.labels;
  expect(labels).toMatchObject(shared);
  expect(annotations).toMatchObject({
    leave: ofPlugin.annotations.leave,
    invitationFor: ofPlugin.annotations.invitationFor,
  });
  expect(taints.providerUnreachable.startsWith(ofPlugin.taintPrefix)).toBe(true);
});

test('nothing works before install, and everything says so', async () => {
  for (const argv of [['status'], ['generate', 'peer-command'], ['namespace', 'default']]) {
    const { code, out, err } = await offload(eu, argv);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^error: offloading is not installed in \S+ .*\nhint: kubectl offload install --context /,
    );
  }
});

test('install: looked at, done, done again, and changed only where told', async () => {
  const dry = fine(await offload(eu, ['install', '--cluster-id=eu', '--dry-run=client']));
  const objects = parseAllDocuments(dry.out).map((each) => each.toJS() as { kind: string });
  expect(objects.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining([
      'Namespace',
      'CustomResourceDefinition',
      'Deployment',
      'MutatingAdmissionPolicy',
    ]),
  );
  expect(await everyObject(eu.kubectl)).toEqual(before);

  const first = fine(
    await offload(eu, [
      'install',
      '--cluster-id=eu',
      '--cluster-labels=tier=gold',
      '--image=example/agent:1',
    ]),
  );
  expect(first.out).toBe('');
  expect(first.err).toMatch(
    /CRDs established\n[\s\S]*Scheduling policy applied\nAll Set! Cluster eu can now be peered/,
  );
  const made = await everyObject(eu.kubectl);
  const config = await eu.kubectl(
    'get',
    'configmap',
    'offload-cluster',
    '-n',
    system,
    '-o',
    'jsonpath={.data}',
  );
  expect(JSON.parse(config)).toEqual({
    clusterID: 'eu',
    clusterLabels: 'tier=gold',
    apiServerURL: '',
    gatewayAddresses: '',
  });
  const versions = (server: TestApiServer) =>
    server.kubectl(
      ...['get', 'deployments,configmaps,clusterroles', '-A', '-l', 'app.kubernetes.io/part-of=interspan'],
      ...['-o', 'jsonpath={.items[*].metadata.resourceVersion}'],
    );
  const unchanged = await versions(eu);
  fine(await offload(eu, ['install']));
  expect(await everyObject(eu.kubectl)).toEqual(made);
  expect(await versions(eu)).toBe(unchanged);

  fine(await offload(us, ['install', '--cluster-id=us', `--api-server-url=${publicURL}`]));
});

test.each([
  [['install', '--cluster-id=Not_an_id'], '"Not_an_id" cannot be the id of a cluster'],
  [['install', `--cluster-id=${'x'.repeat(59)}`], 'cannot be the id of a cluster'],
  [['install', '--api-server-url=https://127.0.0.1:6443'], 'no other cluster can reach'],
  [['install', '--api-server-url=http://10.0.0.1:6443'], 'is not the https URL'],
  [['install', '--gateway-addresses=somewhere'], 'is not HOST:PORT'],
  [['install', '--cluster-labels=a'], 'is not a label'],
])('%j is refused, exit code 2', async (argv, message) => {
  const { code, err } = await offload(eu, argv);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(err).toMatch(/\nhint: \S/);
});

test('a cluster whose kubeconfig names a loopback address cannot invite by it', async () => {
  const { code, err, out } = await offload(eu, ['generate', 'peer-command']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(
    /no other cluster can reach the API server at https:\/\/127\.0\.0\.1:\d+\nhint: .*--api-server-url/,
  );
});

test('an agent that does not run is waited for, then named', async () => {
  const { code, err, out } = await offload(us, ['generate', 'peer-command', '--timeout=300ms']);
  expect({ code, out }).toEqual({ code: 4, out: '' });
  expect(err).toMatch(
    /gave up after 0\.3 s waiting for the agent to make the gateway's key: Service .* has no /,
  );
});

let invitation: Invitation;
let command: string;

/** Plays the provider's agent: accounts and Secret of each invitation. */
async function playProvider(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { metadata, status } of await atUs.readList(tenants)) {
      if (status?.conditions !== undefined) continue;
      const meta = (name: string) => ({ namespace: metadata.namespace as string, name });
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('invitation') };
      await atUs.apply(serviceAccounts, account);
      await atUs.apply(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: meta('invitation') });
      await atUs.patchStatus(tenants, `${metadata.namespace}/${metadata.name}`, {
        conditions: [condition('Invited', 'True', 'InvitationReady', 'it may be redeemed')],
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('generate peer-command prints one command that a shell takes, and grants what was said', async () => {
  await us.kubectl(
    'annotate',
    'service',
    'offload-gateway',
    '-n',
    system,
    'offloading.interspan.dev/gateway-fingerprint=abc',
  );
  await us.kubectl(
    ...['patch', 'deployment', 'offload-gateway', '-n', system, '--subresource=status', '--type=merge'],
    '-p={"status":{"replicas":1,"readyReplicas":1,"availableReplicas":1}}',
  );
  const node = (name: string, address: string, virtual = false): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, ...(virtual ? { labels: { 'liqo.io/type': 'virtual-node' } } : {}) },
    status: { addresses: [{ type: 'InternalIP', address }] },
  });
  for (const each of [node('one', '10.9.0.1'), node('liqo-ap', '10.9.0.9', true)]) {
    await atUs.apply(nodes, each);
    await atUs.patchStatus(nodes, each.metadata.name, each.status);
  }
  const stop = new AbortController();
  const played = playProvider(stop.signal);
  try {
    const run = fine(
      await offload(us, [
        ...['generate', 'peer-command', '--allow-namespace=podinfo', '--allow-namespace=shop-*', '--cpu=4'],
        ...['--memory=8Gi', '--pods=50', '--ttl=10m', '--ingress-host=*.example.com'],
      ]),
    );
    expect(run.err).toContain('Execute this command on a *different* cluster');
    command = run.out;
    const only = fine(await offload(us, ['generate', 'peer-command', '--only-command']));
    expect(only.err).toBe('');
    expect(only.out).toMatch(/^kubectl offload peer us --token - <<'INVITATION'\n\S+\nINVITATION\n$/);
  } finally {
    stop.abort();
    await played;
  }
  const [, text = ''] =
    /^kubectl offload peer us --token - <<'INVITATION'\n(\S+)\nINVITATION\n$/.exec(command) ?? [];
  invitation = parseInvitation(text);
  const port = await us.kubectl(
    'get',
    'service',
    'offload-gateway',
    '-n',
    system,
    '-o',
    'jsonpath={.spec.ports[0].nodePort}',
  );
  expect(invitation).toMatchObject({
    provider: { clusterID: 'us', clusterUID: (await atUs.get(namespaces, 'kube-system')).metadata.uid },
    servers: [publicURL],
    ca: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
    gateway: { addresses: [`10.9.0.1:${port}`], fingerprint: 'abc' },
    tenantNamespace: expect.stringMatching(/^liqo-tenant-[a-z0-9]{6}$/),
  });
  const leftMs = Date.parse(invitation.expiresAt) - Date.now();
  expect(leftMs).toBeGreaterThan(9 * 60_000);
  expect(leftMs).toBeLessThan(11 * 60_000);
  const tenant = await atUs.get(tenants, `${invitation.tenantNamespace}/peering`);
  expect(tenant.spec).toMatchObject({
    allowedNamespaces: ['podinfo', 'shop-*'],
    resources: { cpu: '4', memory: '8Gi', pods: '50' },
    ingressHosts: ['*.example.com'],
  });
  // The token is bound to the Secret: it ends with it.
  const claims = JSON.parse(Buffer.from(invitation.token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  expect(claims['kubernetes.io']).toMatchObject({ secret: { name: 'invitation' } });
});

test('generate refuses what makes no sense, and leaves nothing behind when the agent does not answer', async () => {
  const countBefore = (await atUs.readList(namespaces)).length;
  for (const [argv, message] of [
    [['generate', 'invitation'], 'cannot make "invitation"'],
    [['generate', 'peer-command', '--ttl=5m'], 'is not between 10m and 24h'],
    [['generate', 'peer-command', '--cpu=many'], 'is no amount of cpu'],
    [['generate', 'peer-command', '--allow-namespace=No!'], 'matches no name'],
  ] as const) {
    const { code, err } = await offload(us, argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  }
  const { code, err } = await offload(us, ['generate', 'peer-command', '--timeout=1s']);
  expect(code).toBe(4);
  expect(err).toContain('is not Invited (nothing said yet: does offload-agent run?)');
  await vi.waitFor(async () => expect(await atUs.readList(namespaces)).toHaveLength(countBefore), 10_000);
});

const textOf = (of: Invitation): string => `${encodeInvitation(of)}\n`;

test('an invitation in the command line is refused, and not repeated', async () => {
  const text = encodeInvitation(invitation);
  for (const argv of [
    ['peer', 'us', '--token', text],
    ['peer', 'us', text],
    ['peer', 'us', `--token=${invitation.token}`],
  ]) {
    const run = await offload(eu, argv);
    expect(run.code).toBe(2);
    expect(run.err).toContain("--token - <<'INVITATION'");
    expect(run.err).not.toContain(text.slice(30, 60));
  }
});

test('mangled, misnamed and missing invitations', async () => {
  const text = textOf(invitation);
  for (const [argv, input, message] of [
    [
      ['peer', 'us', '--token', '-'],
      text.replace('.', '.x'),
      'this is not an invitation as the provider printed it',
    ],
    [['peer', 'us', '--token', '-'], '', 'there is no invitation to read'],
    [['peer', 'ap', '--token', '-'], text, 'the invitation is of us, not of ap'],
    [['peer', 'us', '--token', '/nonexistent'], '', 'a file that cannot be read (ENOENT)'],
    [['peer', 'us'], '', 'an invitation of the provider is needed'],
  ] as const) {
    const { code, err } = await offload(eu, argv, input);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/\nhint: \S/);
  }
});

test('an address that does not answer is named before anything is changed', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const here = new URL((await offloadServer(us)) ?? '');
  const reach = (servers: string[], gateways: string[]) =>
    offload(
      eu,
      ['peer', 'us', '--token', '-', '--timeout=1s'],
      textOf({ ...invitation, servers, gateway: { ...invitation.gateway, addresses: gateways } }),
    );
  const apiAway = await reach([`https://127.0.0.1:${port}`], [here.host]);
  expect(apiAway).toMatchObject({ code: 1, out: '' });
  expect(apiAway.err).toContain(
    `the API server of us cannot be reached at 127.0.0.1:${port} (connection refused)`,
  );
  const gatewayAway = await reach([here.origin], [`127.0.0.1:${port}`]);
  expect(gatewayAway.code).toBe(1);
  expect(gatewayAway.err).toContain(
    `the gateway of us cannot be reached at 127.0.0.1:${port} (connection refused)`,
  );
  expect(await atEu.readList(secrets, { namespace: system })).toEqual([]);
});

const offloadServer = (server: TestApiServer): Promise<string> => Promise.resolve(server.access.server);

/** Plays the consumer's agent: what it says of the provider. */
async function report(status: NonNullable<ForeignCluster['status']>): Promise<void> {
  const object = {
    apiVersion: 'core.liqo.io/v1beta1',
    kind: 'ForeignCluster',
    metadata: { name: 'us' },
    spec: { clusterID: 'us' },
  };
  await atEu.apply(foreignClusters, object);
  await atEu.patchStatus(foreignClusters, 'us', status);
}

const invited = () =>
  vi.waitFor(async () => {
    const secret = await atEu.get(secrets, `${system}/invitation-us`);
    expect(secret.metadata.annotations?.['offloading.interspan.dev/provider']).toBe('us');
    return secret;
  }, 10_000);

test('a refusal ends peer at once, with the reason that the agent gives', async () => {
  const running = offload(eu, ['peer', 'us', '--token', '-', '--skip-dial'], textOf(invitation));
  const secret = await invited();
  expect(secret).toMatchObject({ type: 'Opaque' });
  expect(parseInvitation(Buffer.from(secret.data?.['invitation'] ?? '', 'base64').toString())).toEqual(
    invitation,
  );
  await report({
    phase: 'Refused',
    outgoingPeering: 'Error',
    conditions: [
      condition('InvitationAccepted', 'False', 'InvitationUsed', 'it was redeemed before, by cluster ap'),
    ],
  });
  const { code, err } = await running;
  expect(code).toBe(1);
  expect(err).toContain(
    'the peering with us was refused: InvitationUsed: it was redeemed before, by cluster ap',
  );
  expect(err).toMatch(/\nhint: \S/);
  await atEu.delete(secrets, `${system}/invitation-us`);
  await atEu.delete(foreignClusters, 'us');
});

const peered = (network: string): NonNullable<ForeignCluster['status']> => ({
  phase: 'Established',
  role: 'Provider',
  outgoingPeering: 'Established',
  incomingPeering: 'None',
  networking: network === 'True' ? 'Established' : 'Error',
  authentication: 'Established',
  conditions: [
    condition('InvitationAccepted', 'True', 'Accepted', ''),
    condition('APIServerReady', 'True', 'Connected', ''),
    condition('NetworkReady', network, 'GatewayUnreachable', 'no answer of 10.9.0.1:31871'),
    condition('Ready', 'True', 'Peered', ''),
  ],
});

test('a peering that does not come about in time says what was waited for, and why; exit code 4', async () => {
  const running = offload(
    eu,
    ['peer', 'us', '--token', '-', '--skip-dial', '--timeout=3s'],
    textOf(invitation),
  );
  await invited();
  await report(peered('False'));
  const { code, err } = await running;
  expect(code).toBe(4);
  expect(err).toContain(
    'Authenticated to cluster "us"\nOutgoing peering activated to the remote cluster "us"\n',
  );
  expect(err).not.toContain('Peering successfully established');
  expect(err).toMatch(/waiting for the peering with us: there is no node liqo-us yet\nhint: \S/);
});

test('the printed command, run by a shell, peers; again it says so', async () => {
  await atEu.delete(foreignClusters, 'us');
  const running = offload(eu, ['peer', 'us', '--token', '-', '--skip-dial'], textOf(invitation));
  await invited();
  const virtual = { 'liqo.io/type': 'virtual-node', type: 'virtual-kubelet' };
  await atEu.apply(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'liqo-us', labels: { ...virtual, 'namespace.offloading.interspan.dev/shop': 'true' } },
  });
  await atEu.patchStatus(nodes, 'liqo-us', { conditions: [{ type: 'Ready', status: 'True' }] });
  await report({
    phase: 'Pending',
    conditions: [condition('InvitationAccepted', 'Unknown', 'Redeeming', '')],
  });
  await report(peered('True'));
  const { err } = fine(await running);
  expect(err).toBe(
    [
      'Peering enabled',
      'Authenticated to cluster "us"',
      'Outgoing peering activated to the remote cluster "us"',
      'Node created for remote cluster "us"',
      'Network established to the remote cluster "us"',
      'Peering successfully established',
      '',
    ].join('\n'),
  );
  await atEu.delete(secrets, `${system}/invitation-us`);
  expect(fine(await offload(eu, ['peer', 'us', '--token', '-'], textOf(invitation))).err).toBe(
    'already peered with us\n',
  );
  const file = join(directory, 'invitation');
  writeFileSync(file, textOf(invitation));
  expect(fine(await offload(eu, ['peer', 'us', '--token', file])).err).toBe('already peered with us\n');
  const both = ['peer', '--remote-kubeconfig', us.kubeconfig];
  expect(fine(await offload(eu, both)).err).toBe('already peered with us\n');
});

test('status: the table, what is wrong, and exit code 3', async () => {
  const { code, out, err } = await offload(eu, ['status']);
  expect(code).toBe(3);
  expect(out).toMatch(/^Cluster: +eu\nLabels: +tier=gold\nVersion: +1\n/);
  expect(out).toMatch(
    /NAME +ROLE +OUTGOING +INCOMING +NETWORKING +AUTHENTICATION +NODE +NAMESPACES +AGE\nus +Provider +Established +None +Established +Established +Ready +0 +\d+s\n$/,
  );
  expect(err).toMatch(
    /unhealthy: Deployment offload-agent: Unavailable: 0\/2 pods are available\nhint: kubectl describe/,
  );
  const json = JSON.parse((await offload(eu, ['status', 'us', '-o', 'json'])).out);
  expect(json).toMatchObject({
    kind: 'OffloadStatus',
    healthy: false,
    peerings: [{ name: 'us', node: 'Ready' }],
  });
  expect((await offload(eu, ['status', 'ap'])).err).toContain('not peered with ap');
});

test('what is in use keeps its id, and is not uninstalled', async () => {
  const other = await offload(eu, ['install', '--cluster-id=elsewhere']);
  expect(other.code).toBe(1);
  expect(other.err).toContain('this cluster is eu, and its peers know it by that id: us');
  const { code, err } = await offload(eu, ['uninstall', '--purge', '--yes']);
  expect(code).toBe(1);
  expect(err).toContain('offloading is in use: there are peerings (us)');
  expect(err).toContain('kubectl offload unpeer us');
});

/** Plays the agent on a NamespaceOffloading: it says so of what it has seen. */
async function spread(phase: string, conditions: object): Promise<void> {
  const object = await vi.waitFor(() => atEu.get(namespaceOffloadings, 'shop/offloading'), 10_000);
  const status: NamespaceOffloading['status'] = {
    offloadingPhase: phase as 'Ready',
    observedGeneration: object.metadata.generation ?? 0,
    remoteNamespaceName: 'shop-eu',
    remoteNamespacesConditions: {
      us: [condition('OffloadingRequired', 'True', 'ClusterSelected', ''), conditions as never],
    },
  };
  await atEu.patchStatus(namespaceOffloadings, 'shop/offloading', status);
}

test('namespace: printed without a cluster, refused where it makes no sense', async () => {
  const printed = fine(
    await offload(eu, [
      'namespace',
      'shop',
      '-o',
      'json',
      '-l',
      'tier=gold,zone in (a,b)',
      '-l',
      'x',
      '--kubeconfig=/nonexistent',
    ]),
  );
  expect(JSON.parse(printed.out)).toMatchObject({
    metadata: { namespace: 'shop', name: 'offloading' },
    spec: {
      namespaceMappingStrategy: 'DefaultName',
      podOffloadingStrategy: 'LocalAndRemote',
      clusterSelector: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'tier', operator: 'In', values: ['gold'] },
              { key: 'zone', operator: 'In', values: ['a', 'b'] },
            ],
          },
          { matchExpressions: [{ key: 'x', operator: 'Exists' }] },
        ],
      },
    },
  });
  for (const [argv, code, message] of [
    [['namespace', 'nowhere'], 1, 'there is no namespace nowhere'],
    [['namespace', 'kube-system'], 2, 'kube-system is a namespace of the system'],
    [['namespace'], 2, 'no namespace is named'],
    [['namespace', 'shop', '--namespace-mapping-strategy=SelectedName'], 1, 'there is no namespace shop'],
    [['namespace', 'shop', '--pod-offloading-strategy=Sometimes'], 2, 'is unknown'],
  ] as const) {
    const run = await offload(eu, argv);
    expect(run.code, run.err).toBe(code);
    expect(run.err).toContain(message);
  }
});

test('namespace: waits for the agent, says what will not span, fails with what the provider says', async () => {
  await eu.kubectl('create', 'namespace', 'shop');
  await eu.kubectl('create', 'service', 'clusterip', 'db', '--clusterip=None', '-n', 'shop');
  await eu.kubectl('create', 'serviceaccount', 'default', '-n', 'shop');
  const late = await offload(eu, ['namespace', 'shop', '--timeout=300ms']);
  expect(late.code).toBe(4);
  expect(late.err).toContain('the agent has not reported on it; does offload-agent run?');

  const refused = offload(eu, ['namespace', 'shop', '--pod-offloading-strategy=LocalAndRemote']);
  await spread(
    'AllFailed',
    condition('Ready', 'False', 'NotGranted', 'the provider allows shop-eu and not shop'),
  );
  const failed = await refused;
  expect(failed.code).toBe(1);
  expect(failed.err).toContain('What will not span clusters in namespace shop:\n  headless Services (db): ');
  expect(failed.err).toContain(
    'error: namespace shop at us: NotGranted: the provider allows shop-eu and not shop\n',
  );

  await spread('Ready', condition('Ready', 'True', 'NamespaceCreated', ''));
  const done = fine(await offload(eu, ['namespace', 'shop']));
  expect(done.err).toMatch(
    /Offloading of namespace "shop" correctly enabled\nOffloading completed successfully\n$/,
  );

  const tighter = offload(eu, ['namespace', 'shop', '--pod-offloading-strategy=Remote']);
  await vi.waitFor(async () => {
    const { spec } = await atEu.get(namespaceOffloadings, 'shop/offloading');
    expect(spec?.podOffloadingStrategy).toBe('Remote');
  }, 10_000);
  await spread('NoClusterSelected', condition('Ready', 'True', 'NamespaceCreated', ''));
  const { err } = fine(await tighter);
  expect(err).toContain('warning: The PodOffloadingStrategy was mutated to a more restrictive setting\n');
  expect(err).toContain('warning: Offloading completed, but no cluster was selected\n');

  const renamed = await offload(eu, ['namespace', 'shop', '--namespace-mapping-strategy=EnforceSameName']);
  expect(renamed.code).toBe(1);
  expect(renamed.err).toContain('the name of the twin of shop is fixed while it is offloaded');
});

test('unoffload: says what moves and what is lost, refuses unasked, and waits until it is gone', async () => {
  const pod = (name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', ...more },
    spec: {
      nodeName: 'liqo-us',
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'a', image: 'a' }],
    },
  });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true };
  for (const each of [pod('bare'), pod('web-1', { ownerReferences: [owner] })])
    await eu.kubectlWith(JSON.stringify(each), 'create', '-f', '-');
  const unasked = await offload(eu, ['unoffload', 'namespace', 'shop']);
  expect(unasked.code).toBe(2);
  expect(unasked.err).toContain('pods that end there and are made anew: shop/web-1\n');
  expect(unasked.err).toContain('pods that are lost (nothing makes them anew): shop/bare\n');
  expect(unasked.err).toContain('twin namespaces that go: shop-eu at us\n');
  expect(unasked.err).toContain('hint: add --yes');
  expect(await atEu.readList(namespaceOffloadings)).toHaveLength(1);

  await atEu.patch(namespaceOffloadings, 'shop/offloading', {
    metadata: { finalizers: ['interspan.dev/test'] },
  });
  const stuck = await offload(eu, ['unoffload', 'namespace', 'shop', '--yes', '--timeout=300ms']);
  expect(stuck.code).toBe(4);
  expect(stuck.err).toContain('waiting for offloading of namespace shop to end');
  await atEu.patch(namespaceOffloadings, 'shop/offloading', { metadata: { finalizers: null } });
  expect(fine(await offload(eu, ['unoffload', 'namespace', 'shop', '--yes'])).err).toContain(
    'namespace shop is not offloaded',
  );
  await eu.kubectl('delete', 'pods', '--all', '-n', 'shop', '--force', '--grace-period=0');
});

test('unpeer: asks the agent, waits, tells of a departure; twice is fine', async () => {
  const unasked = await offload(eu, ['unpeer', 'us']);
  expect(unasked.code).toBe(2);
  expect(unasked.err).toContain('The peering with us ends:\n  node liqo-us goes\n');
  const leaving = offload(eu, ['unpeer', 'out-of-band', 'us', '--yes']);
  await vi.waitFor(async () => {
    const { metadata } = await atEu.get(foreignClusters, 'us');
    expect(metadata.annotations?.['offloading.interspan.dev/leave']).toBe('true');
  }, 10_000);
  await report({ ...peered('False'), phase: 'Departed', outgoingPeering: 'Departed' });
  const departed = fine(await leaving);
  expect(departed.err).toContain('Departed from "us"');
  expect(departed.err).toContain('its administrator ends that: kubectl offload unpeer');
  const blocked = await offload(eu, ['uninstall', '--yes']);
  expect(blocked.err).toContain('kubectl offload unpeer us --forget');

  const forgetting = offload(eu, ['unpeer', 'us', '--forget', '--yes']);
  await vi.waitFor(async () => {
    const { metadata } = await atEu.get(foreignClusters, 'us');
    expect(metadata.annotations?.['offloading.interspan.dev/leave']).toBe('forget');
  }, 10_000);
  await atEu.delete(foreignClusters, 'us');
  expect(fine(await forgetting).err).toContain('Successfully unpeered from remote cluster "us"');
  expect(fine(await offload(eu, ['unpeer', 'us'])).err).toBe('not peered with us\n');
});

test('unpeer at a provider asks on the Tenant', async () => {
  const key = `${invitation.tenantNamespace}/peering`;
  await atUs.patch(tenants, key, { spec: { clusterID: 'eu' } });
  const leaving = offload(us, ['unpeer', 'eu', '--yes']);
  await vi.waitFor(async () => {
    const { metadata } = await atUs.get(tenants, key);
    expect(metadata.annotations?.['offloading.interspan.dev/leave']).toBe('true');
  }, 10_000);
  await atUs.delete(tenants, key);
  expect(fine(await leaving).err).toContain('Successfully unpeered from remote cluster "eu"');
});

test('uninstall keeps the CRDs, --purge leaves nothing; twice is fine; pods can be made at every step', async () => {
  await atEu.apply(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'real', labels: { 'namespace.offloading.interspan.dev/shop': 'true', keep: 'me' } },
  });
  await atEu.patch(nodes, 'real', {
    spec: { taints: [{ key: 'offloading.interspan.dev/provider-unreachable', effect: 'NoExecute' }] },
  });
  await eu.kubectl(
    'label',
    'namespace',
    'shop',
    'liqo.io/scheduling-enabled=true',
    'offloading.interspan.dev/strategy=Remote',
  );
  await eu.kubectl('create', 'namespace', 'liqo-tenant-ap');
  await eu.kubectl('label', 'namespace', 'liqo-tenant-ap', 'liqo.io/tenant-namespace=true');
  expect((await offload(eu, ['uninstall'])).code).toBe(2);

  const stop = new AbortController();
  const pods = (async () => {
    for (let made = 0; !stop.signal.aborted; made += 1) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${made}`, namespace: 'shop' } };
      const spec = { containers: [{ name: 'a', image: 'a' }] };
      await eu.kubectlWith(JSON.stringify({ ...pod, spec }), 'create', '-f', '-');
    }
  })();
  try {
    const first = fine(await offload(eu, ['uninstall', '--yes']));
    expect(first.err).toMatch(
      /Scheduling policy removed\n[\s\S]*Guards removed\nNamespace offload-system removed\nUninstalled\n$/,
    );
    expect(await eu.kubectl('get', 'crd', '-o', 'name')).toContain('foreignclusters.core.liqo.io');
    fine(await offload(eu, ['install', '--cluster-id=eu']));
    const purged = fine(await offload(eu, ['uninstall', '--purge', '--yes']));
    expect(purged.err).toContain('CRDs purged\nUninstalled\n');
    fine(await offload(eu, ['uninstall', '--purge', '--yes']));
  } finally {
    stop.abort();
    await pods;
  }
  const { metadata, ...real } = await atEu.get(nodes, 'real');
  expect(metadata.labels).toEqual({ keep: 'me' });
  const found = (real as { spec?: { taints?: { key: string }[] } }).spec?.taints ?? [];
  expect(found.filter(({ key }) => key.startsWith('offloading.interspan.dev/'))).toEqual([]);
  const { metadata: shop } = await atEu.get(namespaces, 'shop');
  expect(shop.labels).toEqual({ 'kubernetes.io/metadata.name': 'shop' });
  await eu.kubectl('delete', 'node', 'real');
  await eu.kubectl('delete', 'namespace', 'shop');
  expect(await everyObject(eu.kubectl)).toEqual(before);
});

test('Liqo of its own is left alone, and said', async () => {
  const crd = parseAllDocuments((await offload(us, ['install', '--dry-run=client', '--cluster-id=x'])).out)
    .map((each) => each.toJS() as { kind: string; metadata: { name: string; labels?: object } })
    .find(({ metadata }) => metadata.name === 'foreignclusters.core.liqo.io');
  await eu.kubectlWith(
    JSON.stringify({ ...crd, metadata: { name: 'foreignclusters.core.liqo.io' } }),
    ...['create', '-f', '-'],
  );
  const foreign = await offload(eu, ['install', '--cluster-id=eu']);
  expect(foreign.code).toBe(1);
  expect(foreign.err).toContain("has CRDs of Liqo's kinds that are not ours: foreignclusters.core.liqo.io");
  fine(await offload(eu, ['uninstall', '--purge', '--yes']));
  expect(await eu.kubectl('get', 'crd', '-o', 'name')).toContain('foreignclusters.core.liqo.io');
  await eu.kubectl('create', 'namespace', 'liqo');
  await eu.kubectl('create', 'deployment', 'liqo-controller-manager', '-n', 'liqo', '--image=a');
  const running = await offload(eu, ['install', '--cluster-id=eu']);
  expect(running.code).toBe(1);
  expect(running.err).toMatch(
    /Liqo's own controllers run .* in namespace liqo\)[\s\S]*hint: .*liqoctl uninstall --purge/,
  );
});
