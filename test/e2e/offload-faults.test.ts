import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject, Namespace, Pod } from '#core/api/kubernetes.ts';
import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import { apiServerURL, installOffload, provideOffloadImage } from '#test/support/offload-install.ts';
import { type OrdinaryPods, ordinaryPods } from '#test/support/ordinary-pods.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { sandboxImage } from '#tools/playground/node/base-images.ts';
import { clusterFolder } from '#tools/playground/world/folders.ts';

/** cloud consumes what rome and milan provide. */
const clusters = ['cloud', 'rome', 'milan'] as const;
type Cluster = (typeof clusters)[number];
const machine: Readonly<Record<Cluster, string>> = {
  cloud: 'europe-cloud-1',
  rome: 'europe-rome-edge-1',
  milan: 'europe-milan-edge-1',
};
const node = 'liqo-rome';
const shop = 'shop';
const twin = 'shop-cloud';
const eventually = { timeout: 60_000, interval: 250 };

interface List<T> {
  readonly items: readonly T[];
}
type Taints = readonly { readonly key: string }[];
interface NodeObject extends KubeObject {
  readonly spec?: { readonly taints?: Taints };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
interface RunPod extends Pod {
  readonly status?: NonNullable<Pod['status']> & {
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
}

describe('offloading among clusters that fail', () => {
  let world: TestWorld;
  let image: string;
  let ordinary: OrdinaryPods;

  beforeAll(async () => {
    world = await raiseWorld({
      scenario: 'bare',
      layout: 'replicated-deployments',
      instance: 'e2e-faults',
    });
    image = await provideOffloadImage(world);
    ordinary = await ordinaryPods(join(folderOf('cloud'), 'admin.kubeconfig'));
  });
  afterAll(async () => {
    await ordinary?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });
  beforeEach(({ task }) => ordinary.begin(task.name));
  // Said with the step in which it happened.
  afterEach(() => expect(ordinary.troubles).toEqual([]));

  function folderOf(cluster: Cluster): string {
    const plan = world.plan.clusters.find(({ geotag }) => geotag === cluster);
    if (plan === undefined) throw new Error(`no cluster ${cluster}`);
    return clusterFolder(world.folder, plan);
  }
  const offload = (cluster: Cluster, ...words: string[]) =>
    world.shell(cluster, ['kubectl', 'offload', ...words]);
  const succeeds = async (cluster: Cluster, ...words: string[]) => {
    const result = await offload(cluster, ...words);
    expect(result, `${words.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
    return result;
  };
  const invite = async (provider: Cluster, ...words: string[]) =>
    (await succeeds(provider, 'generate', 'peer-command', '--only-command', ...words)).stdout;
  const timed = async <T>(work: Promise<T>): Promise<T & { seconds: number }> => {
    const began = performance.now();
    const result = await work;
    return { ...result, seconds: (performance.now() - began) / 1000 };
  };
  const text = (cluster: Cluster, ...words: string[]) => world.kubectl(cluster, ...words);
  const list = async <T>(cluster: Cluster, ...words: string[]) =>
    (await world.kubectlJson<List<T>>(cluster, 'get', ...words)).items;
  const field = (cluster: Cluster, path: string, ...words: string[]) =>
    text(cluster, 'get', ...words, '--ignore-not-found', '-o', `jsonpath={${path}}`);
  const names = async (cluster: Cluster, ...words: string[]) =>
    (await text(cluster, 'get', ...words, '-o', 'name')).split('\n').filter((line) => line !== '');
  const warnings = async (cluster: Cluster, namespace: string, object: string) =>
    (
      await list<{ readonly reason: string; readonly message: string }>(
        cluster,
        ...['events', '-n', namespace, `--field-selector=involvedObject.name=${object},type=Warning`],
      )
    ).map(({ reason, message }) => `${reason}: ${message}`);

  /** What a peering with a provider leaves at its consumer. */
  const left = async (cluster: Cluster, provider: string) => [
    ...(await names(cluster, 'foreignclusters')).filter((name) => name.endsWith(`/${provider}`)),
    ...(await names(cluster, 'nodes')).filter((name) => name.endsWith(`/liqo-${provider}`)),
    ...(await names(cluster, 'namespaces')).filter((name) => name.endsWith(`/liqo-tenant-${provider}`)),
    ...(await names(cluster, 'secrets', '-n', 'offload-system')).filter((name) =>
      /\/(invitation|peering)-/.test(name) ? name.endsWith(`-${provider}`) : false,
    ),
  ];
  const ready = (cluster: Cluster, id: string) =>
    field(cluster, ".status.conditions[?(@.type=='Ready')].status", 'foreigncluster', id);
  const isReady = async (cluster: Cluster, id: string) =>
    expect.poll(() => ready(cluster, id), eventually).toBe('True');
  const answers = (cluster: Cluster) =>
    expect.poll(() => text(cluster, 'get', '--raw', '/readyz').catch(() => ''), eventually).toBe('ok');
  const killAgents = (cluster: Cluster) =>
    text(
      cluster,
      ...['delete', 'pod', '-n', 'offload-system', '-l', 'app.kubernetes.io/name=offload-agent'],
      ...['--force', '--grace-period=0'],
    );
  const killApiServers = (...which: readonly Cluster[]) =>
    ordinary.without(async () => {
      await Promise.all(which.map((cluster) => world.stopApiServer(cluster)));
      await world.mend();
      await Promise.all(which.map(answers));
    });
  const agents = (cluster: Cluster, replicas: number) =>
    text(cluster, 'scale', '-n', 'offload-system', 'deployment/offload-agent', `--replicas=${replicas}`);
  const noAgent = (cluster: Cluster) =>
    expect
      .poll(
        () => names(cluster, 'pods', '-n', 'offload-system', '-l', 'app.kubernetes.io/name=offload-agent'),
        eventually,
      )
      .toEqual([]);

  const pod = (name: string, namespace: string, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: sandboxImage, imagePullPolicy: 'IfNotPresent' }],
      ...spec,
    },
  });
  const becomesReady = (name: string, seconds = 40) =>
    text('cloud', 'wait', '-n', shop, `pod/${name}`, '--for=condition=Ready', `--timeout=${seconds}s`);
  /** Pods of the offloaded namespace: their UIDs on both sides, and the containers that really run. */
  const running = async (...only: readonly string[]) => {
    const chosen = ({ metadata }: KubeObject) => only.length === 0 || only.includes(metadata.name);
    const [here, there] = await Promise.all([
      list<Pod>('cloud', 'pods', '-n', shop),
      list<RunPod>('rome', 'pods', '-n', twin),
    ]);
    return {
      here: Object.fromEntries(here.filter(chosen).map(({ metadata }) => [metadata.name, metadata.uid])),
      there: Object.fromEntries(
        there
          .filter(chosen)
          .map(({ metadata, status }) => [
            metadata.name,
            [
              metadata.uid,
              ...(status?.containerStatuses ?? []).map((one) => `${one.containerID} ${one.restartCount}`),
            ],
          ]),
      ),
    };
  };

  test('install; two clusters are given one id', async () => {
    const all = await Promise.all([
      installOffload(world, 'cloud', 'cloud', image),
      installOffload(world, 'rome', 'rome', image),
      installOffload(world, 'milan', 'rome', image),
    ]);
    for (const { code, stderr } of all) expect([code, stderr]).toEqual([0, expect.any(String)]);
  });

  test('a provider that cannot be reached: peer is bounded, names address and remedy, and leaves nothing', async () => {
    const command = await invite('rome');
    await world.unplug(machine.rome);
    const refused = await timed(world.shell('cloud', ['bash'], command)).finally(() =>
      world.plugIn(machine.rome),
    );
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(new URL(apiServerURL(world, 'rome')).host);
    expect(refused.stderr).toMatch(/hint: open the way to it/);
    expect(refused.seconds).toBeLessThan(15);
    expect(await left('cloud', 'rome')).toEqual([]);
  });

  test('API servers and agents that die in the middle of peer: it ends peered', async () => {
    await answers('rome');
    const command = await invite('rome');
    await agents('rome', 0);
    await noAgent('rome');
    const peered = world.shell('cloud', ['bash'], command);
    // From here on only the provider's agent is waited for.
    const holders = () => field('rome', '.items[*].spec.consumer.clusterID', 'peeringclaims', '-A');
    await expect.poll(holders, eventually).toBe('cloud');
    await killApiServers('cloud', 'rome');
    await killAgents('cloud');
    await agents('rome', 2);
    const { code, stderr } = await peered;
    expect([code, stderr]).toEqual([0, expect.stringContaining('Peering successfully established')]);
    expect(await text('cloud', 'get', 'node', node)).toMatch(/ Ready /);
  });

  test('the same cluster twice: it is told, and the peering stands', async () => {
    const uid = await field('cloud', '.metadata.uid', 'foreigncluster', 'rome');
    const command = await invite('rome');
    const again = await world.shell('cloud', ['bash'], command);
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('already peered with rome')]);
    const renamed = await world.shell('cloud', ['bash'], command.replace('peer rome', 'peer roma'));
    expect([renamed.code, renamed.stderr]).toEqual([2, expect.stringContaining('of rome, not of roma')]);
    expect(await left('cloud', 'roma')).toEqual([]);
    expect(await field('cloud', '.metadata.uid', 'foreigncluster', 'rome')).toBe(uid);
    await isReady('cloud', 'rome');
  });

  test('two clusters with one id: the second is refused at either door, with the remedy, which works', async () => {
    const uid = await field('cloud', '.metadata.uid', 'foreigncluster', 'rome');
    // As provider.
    const provider = await world.shell('cloud', ['bash'], await invite('milan'));
    expect([provider.code, provider.stderr]).toEqual([
      1,
      expect.stringMatching(/another cluster that has the id rome.*--cluster-id/s),
    ]);
    // As consumer.
    expect(await installOffload(world, 'milan', 'cloud', image)).toMatchObject({ code: 0 });
    // The agent takes its new id without being started again.
    const consumer = await world.shell('milan', ['bash'], await invite('rome'));
    expect([consumer.code, consumer.stderr]).toEqual([
      1,
      expect.stringMatching(/ClusterIDTaken.*the id cloud belongs to a cluster with another UID/s),
    ]);
    expect(consumer.stderr).toMatch(/give the new one another id/);
    await succeeds('milan', 'unpeer', 'rome', '--yes');
    await expect.poll(() => left('milan', 'rome'), eventually).toEqual([]);
    expect(await field('cloud', '.metadata.uid', 'foreigncluster', 'rome')).toBe(uid);
    await isReady('cloud', 'rome');
    // As said.
    expect(await installOffload(world, 'milan', 'milan', image)).toMatchObject({ code: 0 });
    const third = await world.shell('cloud', ['bash'], await invite('milan'));
    expect([third.code, third.stderr]).toEqual([0, expect.any(String)]);
    await isReady('cloud', 'milan');
  });

  test('agents and API servers that die while pods are made: all of them run once, nothing else is disturbed', async () => {
    await text('cloud', 'create', 'namespace', shop);
    await succeeds(
      'cloud',
      ...['namespace', shop, '--pod-offloading-strategy=Remote', '--selector=liqo.io/remote-cluster-id=rome'],
    );
    await world.apply('cloud', pod('steady', shop));
    await becomesReady('steady');
    const before = await running('steady');
    expect(Object.keys(before.there)).toEqual(['steady']);
    const labels = { app: 'burst' };
    const { spec } = pod('', '');
    await world.apply('cloud', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'burst', namespace: shop },
      spec: { replicas: 6, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    await Promise.all([killAgents('cloud'), killAgents('rome')]);
    await killApiServers('cloud', 'rome');
    await text('cloud', 'rollout', 'status', '-n', shop, 'deployment/burst', '--timeout=60s');
    expect(await running('steady')).toEqual(before);
    const { here, there } = await running();
    expect(Object.keys(here)).toHaveLength(7);
    expect(Object.keys(there).sort()).toEqual(Object.keys(here).sort());
    await text('cloud', 'delete', 'deployment', '-n', shop, 'burst', '--timeout=30s');
    await expect.poll(() => names('rome', 'pods', '-n', twin), eventually).toEqual(['pod/steady']);
  });

  test('a pod with a nodeName: of the provider it is nowhere, of the virtual node it runs there', async () => {
    await world.apply('cloud', pod('theirs', shop, { nodeName: machine.rome }));
    await world.apply('cloud', pod('direct', shop, { nodeName: node }));
    await becomesReady('direct');
    const there = await list<Pod>('rome', 'pods', '-n', twin);
    expect(there.map(({ metadata, spec }) => `${metadata.name} ${spec?.nodeName}`).sort()).toEqual([
      `direct ${machine.rome}`,
      `steady ${machine.rome}`,
    ]);
    expect(await field('cloud', '.status.phase', 'pod', '-n', shop, 'theirs')).toBe('Pending');
    await text('cloud', 'delete', 'pod', '-n', shop, 'theirs', '--force', '--grace-period=0');
    // In a namespace that is not offloaded it fails, and says so.
    await text('cloud', 'create', 'namespace', 'plain');
    const tolerations = [{ operator: 'Exists' }];
    await world.apply('cloud', pod('stranger', 'plain', { nodeName: node, tolerations }));
    await expect
      .poll(() => warnings('cloud', 'plain', 'stranger'), eventually)
      .toContainEqual(expect.stringMatching(/^NotOffloaded: .*kubectl offload namespace plain/));
    await text('cloud', 'delete', 'namespace', 'plain', '--timeout=40s');
  });

  test('a pod over quota stays Pending, is told by whom and why, and goes on when something ends', async () => {
    const tenant = (await list<KubeObject & { spec?: { clusterID?: string } }>('rome', 'tenants', '-A')).find(
      ({ spec }) => spec?.clusterID === 'cloud',
    );
    const where = ['-n', tenant?.metadata.namespace ?? ''];
    const resources = (value: object | null) =>
      text(
        'rome',
        ...['patch', 'tenant', 'peering', ...where, '--type=merge'],
        ...['-p', JSON.stringify({ spec: { resources: value } })],
      );
    await resources({ pods: '2' });
    // Past the scheduler, which would not send it there: its node is full.
    await world.apply('cloud', pod('surplus', shop, { nodeName: node }));
    await expect
      .poll(() => warnings('cloud', shop, 'surplus'), eventually)
      .toContainEqual(expect.stringMatching(/^QuotaExceeded: provider rome: .*1 of pods, 2 of 2 granted/));
    expect(await field('cloud', '.status.phase', 'pod', '-n', shop, 'surplus')).toBe('Pending');
    expect((await names('rome', 'pods', '-n', twin)).sort()).toEqual(['pod/direct', 'pod/steady']);
    await text('cloud', 'delete', 'pod', '-n', shop, 'direct', '--timeout=30s');
    await becomesReady('surplus');
    await resources(null);
    await text('cloud', 'delete', 'pod', '-n', shop, 'surplus', '--timeout=30s');
  });

  test('nonsense is told where it stands, and nothing else suffers', async () => {
    const before = await running('steady');
    const offloading = (namespace: string, name: string, spec: object) => ({
      apiVersion: 'offloading.liqo.io/v1beta1',
      kind: 'NamespaceOffloading',
      metadata: { namespace, name },
      spec,
    });
    const terms = [{ matchExpressions: [{ key: 'tier', operator: 'Near', values: ['x'] }] }];
    await text('cloud', 'create', 'namespace', 'odd');
    await world.apply(
      'cloud',
      offloading('odd', 'offloading', { clusterSelector: { nodeSelectorTerms: terms } }),
      offloading('odd', 'other', {}),
      {
        apiVersion: 'core.liqo.io/v1beta1',
        kind: 'ForeignCluster',
        metadata: { name: 'ghost' },
        spec: { clusterID: 'ghost' },
      },
    );
    await expect
      .poll(() => warnings('cloud', 'odd', 'offloading'), eventually)
      .toContainEqual(expect.stringMatching(/^InvalidSelector: .*"Near" is no operator/));
    const { status } = await world.kubectlJson<NamespaceOffloading>(
      'cloud',
      ...['get', 'namespaceoffloading', '-n', 'odd', 'offloading'],
    );
    expect(status?.remoteNamespacesConditions?.['rome']).toContainEqual(
      expect.objectContaining({ status: 'False', reason: 'InvalidSelector' }),
    );
    await expect
      .poll(() => warnings('cloud', 'odd', 'other'), eventually)
      .toContainEqual(expect.stringContaining('must match offloading'));
    await expect
      .poll(() => warnings('cloud', 'default', 'ghost'), eventually)
      .toContainEqual(expect.stringContaining('no peering with ghost'));
    await succeeds('cloud', 'unpeer', 'ghost', '--yes', '--timeout=10s');
    await text('cloud', 'delete', 'namespace', 'odd', '--timeout=40s');

    // Edited by hand: what cannot be is refused, the rest is put right.
    const patch = (cluster: Cluster, what: readonly string[], value: object, ...more: string[]) =>
      text(cluster, 'patch', ...what, '--type=merge', '-p', JSON.stringify(value), ...more);
    const foreign = ['foreigncluster', 'rome'];
    await expect(patch('cloud', foreign, { spec: { clusterID: 'venice' } })).rejects.toThrow('immutable');
    await patch('cloud', foreign, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
    await patch(
      'cloud',
      foreign,
      { status: { phase: 'Departed', role: 'Consumer' } },
      '--subresource=status',
    );
    await expect.poll(() => field('cloud', '.status.phase', ...foreign), eventually).toBe('Established');
    // Claims of invitations that were refused are there too.
    const claims = await list<KubeObject & { status?: { phase?: string } }>('rome', 'peeringclaims', '-A');
    const claim = claims.find(({ status }) => status?.phase === 'Accepted');
    const its = ['peeringclaim', 'peering', '-n', claim?.metadata.namespace ?? ''];
    await expect(patch('rome', its, { spec: { consumer: { clusterID: 'evil' } } })).rejects.toThrow(
      'keeps its first consumer',
    );
    await patch('rome', its, { status: { phase: 'Open' } }, '--subresource=status');
    await expect.poll(() => field('rome', '.status.phase', ...its), eventually).toBe('Accepted');

    // Another id would give every twin another name: it waits, also for an agent that starts anew.
    const config = ['configmap', 'offload-cluster', '-n', 'offload-system'];
    await patch('cloud', config, { data: { clusterID: 'venice' } });
    await expect
      .poll(() => warnings('cloud', 'offload-system', 'offload-cluster'), eventually)
      .toContainEqual(expect.stringMatching(/^ClusterIDKept: this cluster stays cloud/));
    await killAgents('cloud');
    await world.apply('cloud', pod('after', shop));
    await becomesReady('after', 60);
    expect((await names('rome', 'pods', '-n', twin)).sort()).toEqual(['pod/after', 'pod/steady']);
    await text('cloud', 'delete', 'pod', '-n', shop, 'after', '--timeout=30s');
    await patch('cloud', config, { data: { clusterID: 'cloud' } });

    // Deleted by hand, the namespace of the peering is back with what belongs in it.
    await text('cloud', 'delete', 'namespace', 'liqo-tenant-rome', '--timeout=30s');
    await expect
      .poll(() => names('cloud', 'virtualnodes', '-n', 'liqo-tenant-rome'), eventually)
      .toEqual([expect.stringContaining(node)]);
    await isReady('cloud', 'rome');
    expect(await running('steady')).toEqual(before);
  });

  test('a provider that is lost: the node says so, pods stay on both sides, and all is well when it is back', async () => {
    const before = await running('steady');
    const state = async () => {
      const { spec, status } = await world.kubectlJson<NodeObject>('cloud', 'get', 'node', node);
      return [
        status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
        spec?.taints?.some(({ key }) => key === 'offloading.interspan.dev/provider-unreachable') === true,
      ];
    };
    expect(await state()).toEqual([true, false]);
    await world.unplug(machine.rome);
    try {
      await expect.poll(state, { timeout: 20_000, interval: 250 }).toEqual([false, true]);
      expect(await field('cloud', '.metadata.uid', 'pod', '-n', shop, 'steady')).toBe(before.here['steady']);
    } finally {
      await world.plugIn(machine.rome);
    }
    await expect.poll(state, eventually).toEqual([true, false]);
    await killApiServers('rome');
    await expect.poll(state, eventually).toEqual([true, false]);
    expect(await running('steady')).toEqual(before);
  });

  test('unoffload is not lost with the agent and the API server; unoffload with the provider gone ends in time', async () => {
    await text('cloud', 'create', 'namespace', 'brief');
    await succeeds('cloud', 'namespace', 'brief', '--selector=liqo.io/remote-cluster-id=rome');
    await agents('cloud', 0);
    await noAgent('cloud');
    const before = await running('steady');
    const unoffloaded = offload('cloud', 'unoffload', 'namespace', 'brief', '--yes');
    await expect
      .poll(
        () =>
          field('cloud', '.metadata.deletionTimestamp', 'namespaceoffloading', '-n', 'brief', 'offloading'),
        eventually,
      )
      .not.toBe('');
    await killApiServers('cloud');
    await agents('cloud', 2);
    const ended = await unoffloaded;
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining('completed successfully')]);
    await expect
      .poll(() => names('rome', 'namespace', 'brief-cloud', '--ignore-not-found'), eventually)
      .toEqual([]);
    expect(await running('steady')).toEqual(before);
    await text('cloud', 'delete', 'namespace', 'brief', '--timeout=30s');

    await world.stopApiServer('rome');
    await world.unplug(machine.rome);
    await pause(3000);
    const alone = await timed(offload('cloud', 'unoffload', 'namespace', shop, '--yes'));
    expect([alone.code, alone.stderr]).toEqual([0, expect.any(String)]);
    expect(alone.seconds).toBeLessThan(30);
    const { metadata } = await world.kubectlJson<Namespace>('cloud', 'get', 'namespace', shop);
    expect(Object.keys(metadata.labels ?? {})).toEqual(['kubernetes.io/metadata.name']);
    await text('cloud', 'delete', 'namespace', shop, '--timeout=40s');
  });

  test('unpeer with the provider gone: this cluster leaves alone and says so; the provider clears away when it is back', async () => {
    const departed = await timed(offload('cloud', 'unpeer', 'rome', '--yes'));
    expect([departed.code, departed.stderr]).toEqual([0, expect.stringContaining('Departed from "rome"')]);
    expect(departed.stderr).toContain('could not be told yet');
    expect(departed.stderr).toContain('--forget');
    expect(departed.seconds).toBeLessThan(30);
    // What is needed to tell it is all that is kept.
    await expect
      .poll(() => left('cloud', 'rome'), eventually)
      .toEqual(['foreigncluster.core.liqo.io/rome', 'secret/peering-rome']);
    await world.plugIn(machine.rome);
    await ordinary.without(() => world.mend());
    await answers('rome');
    await expect.poll(() => left('cloud', 'rome'), { timeout: 90_000, interval: 500 }).toEqual([]);
    await expect
      .poll(
        async () =>
          (await names('rome', 'namespaces', '-l', 'liqo.io/remote-cluster-id=cloud')).concat(
            await names('rome', 'namespaces', '-l', 'offloading.interspan.dev/tenant'),
          ),
        eventually,
      )
      .toEqual([]);
  });

  test('unpeer --forget with the provider gone keeps nothing; its administrator ends the rest there', async () => {
    await world.unplug(machine.milan);
    const forgotten = await timed(offload('cloud', 'unpeer', 'milan', '--forget', '--yes')).finally(() =>
      world.plugIn(machine.milan),
    );
    expect([forgotten.code, forgotten.stderr]).toEqual([
      0,
      expect.stringContaining('kubectl offload unpeer'),
    ]);
    expect(forgotten.seconds).toBeLessThan(30);
    await expect.poll(() => left('cloud', 'milan'), eventually).toEqual([]);
    await answers('milan');
    await expect
      .poll(() => names('milan', 'foreignclusters'), eventually)
      .toEqual([expect.stringContaining('cloud')]);
    await succeeds('milan', 'unpeer', 'cloud', '--yes');
    await expect
      .poll(() => names('milan', 'namespaces', '-l', 'liqo.io/remote-cluster-id'), eventually)
      .toEqual([]);
  });

  test('uninstall --purge; an ordinary pod could be created and ran at every step', async () => {
    await Promise.all(clusters.map((cluster) => succeeds(cluster, 'uninstall', '--purge', '--yes')));
    expect((await names('cloud', 'crds')).filter((name) => /liqo|interspan/.test(name))).toEqual([]);
    expect((await names('cloud', 'namespaces')).sort()).toEqual(
      ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'ordinary'].map(
        (name) => `namespace/${name}`,
      ),
    );
    for (const [step, count] of ordinary.created) expect([step, count > 0]).toEqual([step, true]);
    expect(ordinary.created.size).toBeGreaterThanOrEqual(12);
    const ran = [...ordinary.ran.values()].reduce((sum, count) => sum + count, 0);
    expect(ran).toBeGreaterThanOrEqual(12);
  });
});
