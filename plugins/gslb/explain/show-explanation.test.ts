import { expect, test } from 'vitest';
import type { Explanation } from '#core/admin/schema.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Context } from '#plugins/cli/contexts.ts';
import type { Cluster, Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { showExplanation } from './show-explanation.ts';

const host = 'app.cloud.example.com';
type Decided = NonNullable<Explanation['decided']>;
const decided = (parts: Partial<Decided> = {}): Decided => ({
  name: host,
  zone: 'cloud.example.com',
  gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
  strategy: { type: 'failover', primaryGeoTag: 'eu' },
  health: 'Unhealthy',
  members: [
    { geoTag: 'eu', state: 'own', addresses: [] },
    { geoTag: 'us', state: 'answering', addresses: ['172.19.0.5'] },
  ],
  steps: [
    { filter: 'alive', removed: [{ geoTag: 'eu', why: 'no ready endpoint' }] },
    { filter: 'drained', removed: [], note: 'passed over: us is the last' },
    { filter: 'strategy', removed: [] },
  ],
  remarks: [{ reason: 'DrainIgnored', message: 'us is the last' }],
  active: { geoTag: 'us', epoch: 2, since: '2026-11-21T05:00:00Z', reason: 'eu has no ready endpoint' },
  withheld: [{ address: '172.19.0.3', why: 'probe failed 3 times: connection refused' }],
  answer: { clusters: ['us'], addresses: ['172.19.0.5'], varies: 'no', scopeBits: 0 },
  ttl: { seconds: 30, negativeSeconds: 5, cause: 'as the Gslb has it' },
  ...parts,
});
const us = (parts: Partial<Decided> = {}) => decided({ health: 'Healthy', ...parts });

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'gslb-system', name: 'gslb-sidecar-x' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};
const context = (name: string): Context => ({
  name,
  cluster: name,
  server: `https://${name}:6443`,
  namespace: 'default',
});

/** Clusters by context name: what each decided, why it does not serve the host, or undefined: it is away. */
function stand(worlds: Readonly<Record<string, Decided | string | undefined>>) {
  const asked: string[] = [];
  const kubeconfig: Kubeconfig = {
    currentContext: Object.keys(worlds)[0],
    contexts: Object.keys(worlds).map(context),
    open: ({ name }): Cluster => ({
      list: async () => [pod] as never,
      serves: async () => true,
      get: () => Promise.reject(new Error('explain reads no object')),
      patch: () => Promise.reject(new Error('explain writes nothing')),
      getFromPod: async (_pod, _port, path) => {
        asked.push(path);
        const said = worlds[name];
        if (said === undefined) throw new SourceError('unavailable', 'connect ECONNREFUSED');
        const explanation: Explanation = {
          apiVersion: 'admin.interspan.dev/v1alpha1',
          kind: 'Explanation',
          geoTag: name,
          host,
          ...(typeof said === 'string' ? { notServed: said } : { decided: said }),
        };
        return JSON.stringify(explanation);
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
  return { kubeconfig, asked };
}

async function run(
  worlds: Parameters<typeof stand>[0],
  { output, client, names = [host] }: { output?: 'json'; client?: string; names?: readonly string[] } = {},
) {
  let out = '';
  let err = '';
  const { kubeconfig, asked } = stand(worlds);
  const flags = {
    client,
    output,
    'no-headers': false,
    'all-contexts': true,
    namespace: undefined,
    context: [],
    kubeconfig: undefined,
    'request-timeout': '10s',
    color: 'auto',
    v: 0,
    help: false,
  } as const;
  const code = await showExplanation(kubeconfig, flags, names, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
    isTTY: false,
    signal: new AbortController().signal,
    now: () => Date.parse('2026-11-21T05:01:00Z'),
  });
  return { code, out, err, asked };
}

test('a host with all that is known of it', async () => {
  const { code, out, err } = await run({ eu: decided() });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(`app.cloud.example.com as eu decides it (context eu)
Gslb web/app, failover (eu); its Services here: Unhealthy

STEP       CLUSTER   WHAT
member     eu        own: no healthy address
member     us        answering: 172.19.0.5
alive      eu        out: no ready endpoint
drained    -         passed over: us is the last
strategy   -         all stay
answer     us        172.19.0.5

answer:  every answer has all of them; alike for every client (SCOPE 0)
TTL:     30 s (as the Gslb has it); of no answer 5 s
active:  us since 60s (epoch 2): eu has no ready endpoint
kept back: 172.19.0.3: probe failed 3 times: connection refused
DrainIgnored: us is the last
`);
});

test('the host and the client are asked for as they are written', async () => {
  const { asked } = await run(
    { eu: decided() },
    { client: '2001:db8::1', names: ['App.Cloud.example.com.'] },
  );
  expect(asked).toEqual([`/explain?host=${host}&client=2001%3Adb8%3A%3A1`]);
});

test('shares are percentages, and what depends on the client says how to learn it', async () => {
  const shares = [
    { weight: 3, addresses: ['172.19.0.3'] },
    { weight: 1, addresses: ['172.19.0.5'] },
  ];
  const drawn = await run({ eu: decided({ answer: { ...decided().answer, varies: 'draw', shares } }) });
  expect(drawn.out).toContain('share:   75% 172.19.0.3\nshare:   25% 172.19.0.5\n');
  const byClient = await run({
    eu: decided({ answer: { clusters: ['us'], addresses: ['172.19.0.5'], varies: 'client' } }),
  });
  expect(byClient.out).toContain('depends on the client: --client ADDRESS tells\n');
});

test('on what the answer depends is named', async () => {
  const answer = { ...decided().answer, dependsOn: ['network', 'place', 'hash', 'draw'] as const };
  const { out } = await run({ eu: decided({ answer: { ...answer, dependsOn: [...answer.dependsOn] } }) });
  expect(out).toContain(
    'depends: on the network that the client is in (nets or fence of the GslbPolicy), its place (place database), a hash of its network (affinity), a draw by weight, for each answer anew\n',
  );
});

test.each([
  ['two clusters that agree', { eu: decided(), us: us() }, 0, ''],
  [
    'different answers',
    { eu: decided(), us: us({ answer: { ...decided().answer, addresses: ['172.19.0.6'] } }) },
    3,
    `differs: ${host} answers 172.19.0.5 in eu, but 172.19.0.6 in us\n`,
  ],
  [
    'different records',
    { eu: decided(), us: us({ active: { geoTag: 'us', epoch: 3, since: '', reason: '' } }) },
    3,
    `differs: ${host} is with us (epoch 2) in eu, but us (epoch 3) in us\n`,
  ],
  [
    'different strategies',
    { eu: decided(), us: us({ strategy: { type: 'roundRobin' } }), za: us() },
    3,
    `differs: ${host} has the strategy failover (eu) in eu, za, but roundRobin in us\n`,
  ],
  ['no answer', { eu: decided({ answer: { clusters: [], addresses: [], varies: 'no' } }) }, 3, ''],
  ['one that does not serve it', { eu: decided(), us: 'no Gslb of this cluster has the host' }, 3, ''],
  ['none that serves it', { eu: 'no Gslb', us: 'no Gslb' }, 1, ''],
  [
    'one that is away',
    { eu: decided(), us: undefined },
    1,
    'error: context us at https://us:6443: connect ECONNREFUSED\nhint: try kubectl --context us get --raw /readyz\n',
  ],
])('%s', async (_title, worlds, code, err) => {
  const said = await run(worlds);
  expect({ code: said.code, err: said.err }).toEqual({ code, err });
});

test('-o json has clusters and problems', async () => {
  const { out } = await run({ eu: decided(), us: 'no Gslb', za: undefined }, { output: 'json' });
  expect(JSON.parse(out)).toEqual({
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbExplanationList',
    host,
    clusters: [
      { context: 'eu', reached: true, geoTag: 'eu', decided: decided() },
      { context: 'us', reached: true, geoTag: 'us', notServed: 'no Gslb' },
      {
        context: 'za',
        reached: false,
        server: 'https://za:6443',
        message: expect.stringContaining('ECONNREFUSED'),
      },
    ],
    problems: [
      {
        code: 'notServed',
        message: `${host} is not served by us: no Gslb; it is served by eu (Gslb web/app)`,
      },
    ],
  });
});

test.each([
  ['no host', { names: [] }, 'explain takes one host, not 0'],
  ['two hosts', { names: ['a', 'b'] }, 'explain takes one host, not 2'],
  ['a client that is no address', { client: 'me' }, '--client "me" is not an IP address'],
])('%s is a usage error', async (_title, options, message) => {
  await expect(run({ eu: decided() }, options)).rejects.toThrow(message);
});

test('what a sidecar says cannot move the cursor', async () => {
  const remarks = [{ reason: 'FailOpen', message: 'x\u001b[2Jy' }];
  expect((await run({ eu: decided({ remarks }) })).out).toContain('FailOpen: x\uFFFD[2Jy\n');
});
