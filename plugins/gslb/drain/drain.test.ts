import { describe, expect, test } from 'vitest';
import type { HostList } from '#core/admin/schema.ts';
import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Cluster, Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { drain, undrain } from './drain.ts';

type Spec = NonNullable<GslbCluster['spec']>;

interface Faults {
  readonly deaf?: boolean;
  readonly away?: boolean;
  readonly noCrd?: boolean;
}

/** One cluster with its GslbClusters, and a sidecar that reports what it reads; `deaf`: it does not. */
class Stand implements Cluster {
  readonly patches: unknown[] = [];
  readonly objects = new Map<string, GslbCluster>();
  readonly #geoTag: string;
  readonly #options: Faults;

  constructor(geoTag: string, members: readonly string[], options: Faults = {}) {
    this.#geoTag = geoTag;
    this.#options = options;
    for (const name of members)
      this.objects.set(name, {
        apiVersion: 'interspan.dev/v1alpha1',
        kind: 'GslbCluster',
        metadata: { name, generation: 1 },
        spec: {},
        status: { observedGeneration: 1 },
      });
  }

  async list({ plural }: { readonly plural: string }): Promise<never> {
    if (this.#options.away) throw new SourceError('unavailable', 'connect ECONNREFUSED');
    if (plural === 'pods') return [pod] as never;
    if (plural === 'gslbclusters') {
      if (this.#options.noCrd) throw new SourceError('notFound', 'no gslbclusters');
      return [...this.objects.values()] as never;
    }
    return [] as never;
  }
  async serves(): Promise<boolean> {
    return true;
  }
  async get(_resource: unknown, key: string): Promise<never> {
    return this.objects.get(key) as never;
  }
  async patch(_resource: unknown, key: string, patch: unknown): Promise<void> {
    this.patches.push(patch);
    const { override } = (patch as { spec: { override: Spec['override'] | null } }).spec;
    const { status, ...object } = this.objects.get(key) as GslbCluster;
    const shown = override && {
      override: {
        state: 'Drained',
        since: '2026-11-21T12:00:01Z',
        ...(override.until && { until: override.until }),
        ...(override.reason && { reason: override.reason }),
      },
    };
    this.objects.set(key, {
      ...object,
      metadata: { name: key, generation: 2 },
      spec: override ? { override } : {},
      status: this.#options.deaf ? status : { observedGeneration: 2, ...shown },
    } as GslbCluster);
  }
  async getFromPod(): Promise<string> {
    const list: HostList = {
      apiVersion: 'admin.interspan.dev/v1alpha1',
      kind: 'HostList',
      geoTag: this.#geoTag,
      items: [report('app.example.com', ['eu', 'us']), report('solo.example.com', ['us'])],
    };
    return JSON.stringify(list);
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

const report = (host: string, members: readonly string[]): HostList['items'][number] => ({
  host,
  zone: 'example.com',
  strategy: { type: 'roundRobin' },
  ttlSeconds: 30,
  gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
  health: 'Healthy',
  members: members.map((geoTag) => ({ geoTag, state: 'answering', addresses: [`${geoTag}-address`] })),
  answer: { addresses: members.map((geoTag) => `${geoTag}-address`), ttlSeconds: 30 },
});
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'gslb-system', name: 'gslb-sidecar-x' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

async function run(
  worlds: Readonly<Record<string, Stand>>,
  flags: Partial<Parameters<typeof drain>[1]> = {},
  { command = drain as typeof undrain, args = ['us'], answer = undefined as string | undefined } = {},
) {
  let out = '';
  let err = '';
  const kubeconfig: Kubeconfig = {
    currentContext: Object.keys(worlds)[0],
    contexts: Object.keys(worlds).map((name) => ({
      name,
      cluster: name,
      server: `https://${name}:6443`,
      namespace: 'default',
    })),
    open: ({ name }) => worlds[name] as Stand,
  };
  const all = {
    namespace: undefined,
    context: [],
    kubeconfig: undefined,
    'request-timeout': '10s',
    color: 'auto',
    v: 0,
    help: false,
    'all-contexts': true,
    'dry-run': false,
    yes: true,
    timeout: '1s',
    until: undefined,
    reason: undefined,
    'break-glass': false,
    ...flags,
  } as const;
  const code = await command(kubeconfig, all, args, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    ...(answer !== undefined && {
      stdin: { isTTY: true, text: async () => '', line: async () => answer },
    }),
    env: {},
    isTTY: false,
    signal: new AbortController().signal,
    now: () => Date.parse('2026-11-21T12:00:00Z'),
  });
  return { code, out, err };
}
const both = () => ({ eu: new Stand('eu', ['eu', 'us']), us: new Stand('us', ['eu', 'us']) });

describe('drain', () => {
  test('says what it will do, writes everywhere, and waits until it is in force', async () => {
    const worlds = both();
    const { code, out, err } = await run(worlds, { until: '2h', reason: 'new kernel' });
    expect(err).toBe(`\
cluster us gets no clients while another cluster can answer, until 2026-11-21T14:00:00Z; written in: eu, us
  eu: solo.example.com keeps us: no other cluster can answer (DrainIgnored)
  eu: app.example.com loses us: eu can answer
  us: solo.example.com keeps us: no other cluster can answer (DrainIgnored)
  us: app.example.com loses us: eu can answer
`);
    expect(code).toBe(0);
    expect(out.split('\n').sort()).toEqual([
      '',
      'gslbcluster.interspan.dev/us drained (context eu)',
      'gslbcluster.interspan.dev/us drained (context us)',
    ]);
    const override = {
      state: 'Drained',
      until: '2026-11-21T14:00:00Z',
      reason: 'new kernel',
      breakGlass: false,
    };
    expect([worlds.eu.patches, worlds.us.patches]).toEqual([
      [{ spec: { override } }],
      [{ spec: { override } }],
    ]);
  });

  test('names clusters that are not among the contexts', async () => {
    const { err } = await run({ eu: new Stand('eu', ['eu', 'us', 'za']) }, { 'dry-run': true });
    expect(err).toContain('not among the contexts: cluster us, za, which decides by its own objects');
    expect((await run(both(), { 'dry-run': true })).err).not.toContain('not among the contexts');
  });

  test.each([
    ['--dry-run', { 'dry-run': true }, undefined, 0],
    ['no', { yes: false }, 'n', 1],
  ])('%s writes nothing', async (_title, flags, answer, code) => {
    const worlds = both();
    const said = await run(worlds, flags, answer === undefined ? {} : { answer });
    expect({ code: said.code, patches: [...worlds.eu.patches, ...worlds.us.patches] }).toEqual({
      code,
      patches: [],
    });
    expect(said.err).toContain('nothing was done');
  });

  test('yes, said to the question, writes', async () => {
    const worlds = both();
    expect((await run(worlds, { yes: false }, { answer: 'y' })).code).toBe(0);
    expect(worlds.us.patches).toHaveLength(1);
  });

  test('nobody to ask is a usage error, with the flag that helps', async () => {
    await expect(run(both(), { yes: false })).rejects.toThrow('there is nobody to ask');
  });

  test('a cluster that is away is named, and the others are drained all the same', async () => {
    const worlds = { eu: new Stand('eu', ['eu', 'us']), us: new Stand('us', [], { away: true }) };
    const { code, out, err } = await run(worlds);
    expect({ code, out }).toEqual({ code: 1, out: 'gslbcluster.interspan.dev/us drained (context eu)\n' });
    expect(err).toContain('error: context us at https://us:6443: connect ECONNREFUSED');
  });

  test('a name that is no member is told with those that are', async () => {
    const { code, err } = await run({ eu: new Stand('eu', ['eu', 'us']) }, {}, { args: ['uk'] });
    expect(code).toBe(1);
    expect(err).toContain('no GslbCluster uk\nhint: the members known there are eu, us\n');
  });

  test('a cluster without the kind is told how to get it', async () => {
    const { code, err } = await run({ eu: new Stand('eu', [], { noCrd: true }) });
    expect(code).toBe(1);
    expect(err).toContain('no CRD gslbclusters.interspan.dev\nhint: kubectl apply -k manifests/gslb');
  });

  test('a sidecar that does not report it in time is a timeout that says what is waited for', async () => {
    const { code, out, err } = await run({ eu: new Stand('eu', ['us'], { deaf: true }) }, { timeout: '0' });
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toContain('its sidecar has not seen the object yet');
  });

  test('--break-glass is written', async () => {
    const worlds = both();
    await run(worlds, { 'break-glass': true });
    expect(worlds.eu.patches).toMatchObject([{ spec: { override: { breakGlass: true } } }]);
  });

  test.each([
    ['no cluster', []],
    ['two clusters', ['eu', 'us']],
  ])('%s is a usage error', async (_title, args) => {
    await expect(run(both(), {}, { args })).rejects.toThrow(`drain takes one cluster, not ${args.length}`);
  });
});

describe('undrain', () => {
  test('takes the override away everywhere, and says what stood there', async () => {
    const worlds = both();
    await run(worlds, { reason: 'new kernel' });
    const { code, out, err } = await run(worlds, {}, { command: undrain });
    expect(code).toBe(0);
    expect(err).toBe(
      'eu: cluster us takes clients again; drained since 2026-11-21T12:00:01Z: new kernel\nus: cluster us takes clients again; drained since 2026-11-21T12:00:01Z: new kernel\n',
    );
    expect(out).toContain('gslbcluster.interspan.dev/us takes clients again (context eu)\n');
    expect(worlds.eu.patches.at(-1)).toEqual({ spec: { override: null } });
  });

  test('of a cluster that is not drained says so', async () => {
    const { err } = await run(both(), { 'dry-run': true }, { command: undrain });
    expect(err).toContain('eu: cluster us is not drained there\n');
  });
});
