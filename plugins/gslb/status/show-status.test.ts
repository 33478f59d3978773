import { expect, test } from 'vitest';
import type { HostList, HostReport, MemberReport } from '#core/admin/schema.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { KubeObject, Pod, Resource } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Context } from '#plugins/cli/contexts.ts';
import type { Cluster, Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { showStatus } from './show-status.ts';

const apiVersion = 'admin.interspan.dev/v1alpha1';
const host = 'app.cloud.example.com';
const gslb: Gslb = {
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { namespace: 'podinfo', name: 'podinfo', creationTimestamp: '2026-11-21T05:00:00Z' },
  spec: { strategy: { type: 'roundRobin' } },
  status: {
    geoTag: 'eu',
    hosts: host,
    serviceHealth: { [host]: 'Healthy' },
    healthyRecords: { [host]: ['172.19.0.3', '172.19.0.5'] },
    loadBalancer: { exposedIps: ['172.19.0.3'] },
  },
};
const report: HostReport = {
  host,
  zone: 'cloud.example.com',
  strategy: { type: 'roundRobin' },
  ttlSeconds: 30,
  gslb: { group: 'k8gb.io', namespace: 'podinfo', name: 'podinfo' },
  health: 'Healthy',
  members: [
    { geoTag: 'eu', state: 'own', addresses: ['172.19.0.3'] },
    { geoTag: 'us', state: 'answering', addresses: ['172.19.0.5'] },
  ],
  answer: { addresses: ['172.19.0.3', '172.19.0.5'], ttlSeconds: 30 },
};
const sidecar: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'gslb-system', name: 'gslb-sidecar-x' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

/** A cluster as this test wants it; `away` rejects every request as an API server that is not there does. */
interface World {
  readonly gslbs?: readonly Gslb[] | undefined;
  readonly legacy?: readonly Gslb[];
  readonly pods?: readonly Pod[];
  readonly hosts?: readonly HostReport[];
  /** What `us` is to the sidecar. */
  readonly peer?: MemberReport['state'];
  /** Groups that may not be listed though they are there. */
  readonly forbidden?: readonly string[];
  readonly away?: boolean;
}

const healthy: World = {
  gslbs: [gslb],
  pods: [sidecar],
  hosts: [report],
};

class Stand implements Cluster {
  readonly #world: World;
  readonly asked: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async list<T extends KubeObject>(
    resource: Resource<T>,
    { namespace }: { readonly namespace?: string },
  ): Promise<readonly T[]> {
    const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
    if (this.#world.away)
      throw new SourceError(
        'unavailable',
        `cannot list ${name} at https://192.0.2.1:6443: connect ECONNREFUSED`,
      );
    const { gslbs, legacy, pods = [], forbidden } = this.#world;
    if (forbidden?.includes(resource.group)) throw new SourceError('forbidden', `cannot list ${name} (403)`);
    const objects = { 'gslbs.k8gb.io': gslbs, 'gslbs.k8gb.absa.oss': legacy, pods }[name];
    if (objects === undefined) throw new SourceError('notFound', `no ${name}`);
    const all = objects as unknown as readonly T[];
    return all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  }

  async serves({ group }: Resource): Promise<boolean> {
    return (group === 'k8gb.io' ? this.#world.gslbs : this.#world.legacy) !== undefined;
  }

  get(): Promise<never> {
    throw new Error('status reads no single object');
  }

  patch(): Promise<never> {
    throw new Error('status writes nothing');
  }

  async getFromPod(_pod: unknown, _port: number, path: string): Promise<string> {
    this.asked.push(path);
    const { hosts, peer = 'answering' } = this.#world;
    if (hosts === undefined) throw new SourceError('forbidden', 'cannot create pods/portforward: 403');
    const withPeer = hosts.map((each) => ({
      ...each,
      members: each.members.map((member) => (member.geoTag === 'us' ? { ...member, state: peer } : member)),
    }));
    const list: HostList = { apiVersion, kind: 'HostList', geoTag: 'eu', items: withPeer };
    return JSON.stringify(list);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.asked.push('closed');
  }
}

const defaults = {
  namespace: undefined,
  context: [] as readonly string[],
  kubeconfig: undefined,
  'request-timeout': '10s',
  color: 'auto',
  v: 0,
  help: false,
  'all-namespaces': false,
  'all-contexts': false,
  selector: undefined,
  output: undefined,
  'no-headers': false,
} as const;

async function run(
  worlds: Readonly<Record<string, World>>,
  flags: Partial<Parameters<typeof showStatus>[1]> = {},
  names: readonly string[] = [],
): Promise<{ code: number; out: string; err: string; asked: readonly string[] }> {
  const contexts: Context[] = Object.keys(worlds).map((name) => ({
    name,
    cluster: name,
    server: 'https://192.0.2.1:6443',
    namespace: 'podinfo',
  }));
  const stands: Stand[] = [];
  const kubeconfig: Kubeconfig = {
    currentContext: contexts[0]?.name,
    contexts,
    open: ({ name }) => {
      const stand = new Stand(worlds[name] ?? {});
      stands.push(stand);
      return stand;
    },
  };
  let out = '';
  let err = '';
  const code = await showStatus(kubeconfig, { ...defaults, ...flags }, names, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
    isTTY: false,
    signal: new AbortController().signal,
    now: () => Date.parse('2026-11-21T05:05:12Z'),
  });
  return { code, out, err, asked: stands.flatMap((stand) => stand.asked) };
}

test('all well: a table, silence on stderr, exit code 0, and what was opened is closed', async () => {
  expect(await run({ eu: healthy })).toEqual({
    code: 0,
    out: `\
HOST                    STRATEGY     HEALTH    TARGETS      TTL   AGE
app.cloud.example.com   roundRobin   Healthy   eu 1, us 1   30    5m12s
`,
    err: '',
    asked: ['/hosts', 'closed'],
  });
});

test.each<[string, World, string]>([
  [
    'an unhealthy host',
    { ...healthy, hosts: [{ ...report, health: 'Unhealthy' }] },
    `unhealthy: ${host} is unhealthy in eu: its Services have no ready endpoint\n`,
  ],
  [
    'a missing Service',
    { ...healthy, hosts: [{ ...report, health: 'NotFound' }] },
    `unhealthy: ${host} is unhealthy in eu: a Service behind it does not exist\n`,
  ],
  [
    'a host without answers',
    { ...healthy, hosts: [{ ...report, answer: { addresses: [], ttlSeconds: 5 } }] },
    `unhealthy: ${host} has no answer in eu: no cluster has a healthy address\n`,
  ],
  [
    'a silent peer',
    { ...healthy, peer: 'silent' },
    'unhealthy: cluster us is silent: its addresses are withdrawn (seen from eu)\n',
  ],
  [
    'a Gslb that no sidecar has seen',
    { ...healthy, gslbs: [{ ...gslb, status: undefined } as unknown as Gslb], hosts: [] },
    'unhealthy: gslb/podinfo has not been reported on by a sidecar in eu\n',
  ],
])('%s is exit code 3 and one sentence that names it', async (_, world, sentence) => {
  const { code, err } = await run({ eu: world });
  expect({ code, err }).toEqual({ code: 3, err: sentence });
});

test('many problems are cut short', async () => {
  const hosts = Array.from({ length: 13 }, (_, index) => ({
    ...report,
    host: `${index}.example.com`,
    health: 'Unhealthy' as const,
  }));
  const { err } = await run({ eu: { ...healthy, hosts } });
  expect(err.split('\n')).toHaveLength(12);
  expect(err).toMatch(/unhealthy: and 3 more\n$/);
});

test('a sidecar that cannot be asked is a warning, and the status of the Gslb is shown', async () => {
  const { code, out, err } = await run({ eu: { gslbs: [gslb], pods: [sidecar] } });
  expect(code).toBe(0);
  expect(out).toContain('eu 1, others 1');
  expect(err).toBe(
    "warning: targets of context eu are from the Gslbs' status: cannot create pods/portforward: 403\n",
  );
  const without = await run({ eu: { gslbs: [gslb] } });
  expect(without.err).toContain(
    'no pod of gslb-sidecar in namespace gslb-system (kubectl get pods -n gslb-system',
  );
});

test('an API server that is away does not hide the others; exit code 1', async () => {
  const { code, out, err } = await run({ eu: healthy, us: { away: true } }, { context: ['eu', 'us'] });
  expect(code).toBe(1);
  expect(out).toContain('app.cloud.example.com   eu ');
  expect(err).toBe(
    'error: context us: cannot list gslbs.k8gb.io at https://192.0.2.1:6443: connect ECONNREFUSED\n' +
      'hint: try kubectl --context us get --raw /readyz\n',
  );
});

test('both clusters see the same host, one row each', async () => {
  const { code, out } = await run({ eu: healthy, us: healthy }, { 'all-contexts': true });
  expect(code).toBe(0);
  expect(out).toBe(`\
HOST                    CLUSTER   STRATEGY     HEALTH    TARGETS      TTL   AGE
app.cloud.example.com   eu        roundRobin   Healthy   eu 1, us 1   30    5m12s
app.cloud.example.com   us        roundRobin   Healthy   eu 1, us 1   30    5m12s
`);
});

test('nothing found says what to do; exit code 0; no sidecar is asked', async () => {
  const { code, out, err, asked } = await run({ eu: { ...healthy, gslbs: [] } });
  expect({ code, out, asked }).toEqual({ code: 0, out: '', asked: ['closed'] });
  expect(err).toBe(
    'No Gslb in namespace podinfo of eu: look in all with -A, or annotate an Ingress with k8gb.io/strategy: roundRobin.\n',
  );
});

test('a cluster without the CRD is told apart: exit code 1 where nobody has it', async () => {
  const none = await run({ eu: { pods: [sidecar] } });
  expect(none.code).toBe(1);
  expect(none.err).toContain('warning: context eu has no Gslbs: no CRD gslbs.k8gb.io (kubectl apply -k');
  const one = await run({ eu: healthy, us: {} }, { 'all-contexts': true });
  expect(one.code).toBe(0);
  expect(one.err).toContain('warning: context us has no Gslbs');
});

test('with only the legacy CRD its Gslbs are shown and the remedy is said', async () => {
  const legacy = { ...gslb, apiVersion: 'k8gb.absa.oss/v1beta1' };
  const { code, out, err } = await run({ eu: { legacy: [legacy], pods: [sidecar] } }, { output: 'name' });
  expect(code).toBe(0);
  expect(out).toBe('gslb.k8gb.absa.oss/podinfo\n');
  expect(err).toContain('warning: context eu has only Gslbs of k8gb.absa.oss: no CRD gslbs.k8gb.io');
});

test('who may list only one group sees that one; a warning only where the other exists', async () => {
  const forbidden = ['k8gb.absa.oss'];
  expect(await run({ eu: { ...healthy, forbidden } })).toMatchObject({ code: 0, err: '' });
  expect(await run({ eu: { ...healthy, legacy: [], forbidden } })).toMatchObject({
    code: 0,
    err: 'warning: context eu: cannot list gslbs.k8gb.absa.oss (403)\n',
  });
  const neither = await run({ eu: { ...healthy, forbidden: ['k8gb.io', ...forbidden] } });
  expect(neither.code).toBe(1);
  expect(neither.err).toContain('cannot list gslbs.k8gb.io (403)');
});

test.each<[string]>([['podinfo'], ['gslb/podinfo'], ['podinfo/podinfo'], [host], ['APP.cloud.example.com.']])(
  '%s selects by name',
  async (name) => {
    expect((await run({ eu: healthy }, {}, [name])).out).toContain(host);
  },
);

test('a name that nothing has is an error that names it', async () => {
  await expect(run({ eu: healthy }, {}, [host, 'nobody'])).rejects.toMatchObject({
    code: 'notFound',
    exitCode: 1,
    message: 'no Gslb and no host named nobody in namespace podinfo',
    hint: '-A looks in all namespaces',
  });
});

test('-o json is versioned and says where it comes from', async () => {
  const { out } = await run({ eu: healthy, us: { away: true } }, { 'all-contexts': true, output: 'json' });
  expect(JSON.parse(out)).toEqual({
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbStatusList',
    healthy: false,
    clusters: [
      {
        context: 'eu',
        reached: true,
        source: 'sidecar',
        geoTag: 'eu',
        peers: [{ geoTag: 'us', state: 'answering' }],
      },
      {
        context: 'us',
        reached: false,
        server: 'https://192.0.2.1:6443',
        message: 'context us: cannot list gslbs.k8gb.io at https://192.0.2.1:6443: connect ECONNREFUSED',
      },
    ],
    items: [
      {
        context: 'eu',
        geoTag: 'eu',
        namespace: 'podinfo',
        gslb: { group: 'k8gb.io', name: 'podinfo' },
        host,
        strategy: { type: 'roundRobin' },
        health: 'Healthy',
        targets: [
          { geoTag: 'eu', state: 'own', addresses: ['172.19.0.3'] },
          { geoTag: 'us', state: 'answering', addresses: ['172.19.0.5'] },
        ],
        answer: ['172.19.0.3', '172.19.0.5'],
        ttlSeconds: 30,
        creationTimestamp: '2026-11-21T05:00:00.000Z',
      },
    ],
    problems: [],
  });
});

test.each<[Partial<Parameters<typeof showStatus>[1]>, string]>([
  [{ context: ['nowhere'] }, 'the kubeconfig has no context "nowhere"'],
  [{ context: ['eu'], 'all-contexts': true }, '--all-contexts and --context exclude each other'],
])('%j is refused', async (flags, message) => {
  await expect(run({ eu: healthy }, flags)).rejects.toThrow(message);
});
