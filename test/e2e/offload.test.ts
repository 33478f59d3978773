import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pod, Service } from '#core/api/kubernetes.ts';
import { everyObject } from '#test/support/every-object.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { podinfoImage } from '#tools/playground/node/base-images.ts';
import { flightsImage } from '#tools/playground/scenario/flights-service.ts';
import { demoNamespace } from '#tools/playground/scenario/service-offloading.ts';

const clusters = ['london', 'newyork'] as const;
const node = 'liqo-newyork';
const eventually = { timeout: 60_000, interval: 250 };

interface EventList {
  readonly items: readonly { readonly reason: string; readonly message: string }[];
}

describe('offloading between two clusters', () => {
  let world: TestWorld;
  const before = new Map<string, readonly string[]>();

  beforeAll(async () => {
    world = await raiseWorld({ scenario: 'bare', layout: 'service-offloading', instance: 'e2e-offload' });
    for (const cluster of clusters)
      before.set(cluster, await everyObject((...args) => world.kubectl(cluster, ...args)));
    await world.install('service-offloading');
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const pods = async (cluster: string, ...args: string[]) =>
    (await world.kubectlJson<{ items: Pod[] }>(cluster, 'get', 'pods', '-n', demoNamespace, ...args)).items;
  const offload = (...words: string[]) => world.shell('london', ['kubectl', 'offload', ...words]);
  const busybox = (name: string, namespace: string, spec: object = {}, container: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        {
          name: 'main',
          image: flightsImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['/busybox', 'sh', '-c', 'echo hello; while true; do /busybox sleep 1; done'],
          ...container,
        },
      ],
      ...spec,
    },
  });

  test('the Service of London stands in New York with another ClusterIP, and no pod of it', async () => {
    const service = (cluster: string) =>
      world.kubectlJson<Service>(cluster, 'get', 'service', '-n', demoNamespace, 'flights-service');
    const [here, there] = await Promise.all(clusters.map(service));
    expect(there?.spec?.ports?.map(({ port }) => port)).toEqual([7999]);
    expect(there?.spec?.clusterIP).not.toBe(here?.spec?.clusterIP);
    expect(await pods('newyork', '-l', 'run=flights-service')).toEqual([]);
  });

  test('a consumer pod in either cluster gets the schedule', async () => {
    for (const cluster of clusters) {
      await expect
        .poll(() => world.kubectl(cluster, 'logs', '-n', demoNamespace, 'consumer', '--tail=1'), eventually)
        .toContain('IS 101');
    }
  });

  test('kubectl shows the peering and the virtual node as Liqo does', async () => {
    const table = await world.kubectl('london', 'get', 'foreignclusters');
    expect(table.split('\n')[0]?.split(/ {2,}/)).toEqual([
      'NAME',
      'ROLE',
      'OUTGOING PEERING',
      'INCOMING PEERING',
      'NETWORKING',
      'AUTHENTICATION',
      'AGE',
    ]);
    expect(table).toMatch(/newyork +Provider +Established +None +Established +Established/);
    expect(await world.kubectl('newyork', 'get', 'foreignclusters')).toMatch(
      /london +Consumer +None +Established/,
    );
    expect(await world.kubectl('london', 'get', 'node', node)).toMatch(/Ready +agent .*v1\./);
    const status = await offload('status');
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('newyork')]);
  });

  test('a namespace with LocalAndRemote: a pod runs in New York; logs, exec and deletion reach it', async () => {
    const namespace = 'spread';
    await world.kubectl('london', 'create', 'namespace', namespace);
    expect(await offload('namespace', namespace)).toMatchObject({ code: 0 });
    await world.apply('london', busybox('far', namespace));
    await world.kubectl(
      'london',
      'wait',
      '-n',
      namespace,
      'pod/far',
      '--for=condition=Ready',
      '--timeout=30s',
    );
    const twin = `${namespace}-london`;
    expect(await world.kubectl('newyork', 'get', 'pod', '-n', twin, 'far')).toContain('Running');
    expect(await world.kubectl('london', 'logs', '-n', namespace, 'far')).toBe('hello\n');
    const said = await world.kubectl('london', 'exec', '-n', namespace, 'far', '--', '/busybox', 'hostname');
    expect(said.trim()).toBe('far');
    await world.kubectl('london', 'delete', 'pod', '-n', namespace, 'far', '--timeout=30s');
    await expect
      .poll(() => world.kubectl('newyork', 'get', 'pods', '-n', twin, '-o', 'name'), eventually)
      .toBe('');
  });

  test.each([
    ['privileged', {}, { securityContext: { privileged: true } }],
    ['hostPath', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }, {}],
    ['hostNetwork', { hostNetwork: true }, {}],
  ])(
    'a pod with %s stays Pending, and an event says who refused it and why',
    async (what, spec, container) => {
      const namespace = 'spread';
      const name = `refused-${what.toLowerCase()}`;
      await world.apply('london', busybox(name, namespace, spec, container));
      await expect
        .poll(async () => {
          const { items } = await world.kubectlJson<EventList>(
            'london',
            'get',
            'events',
            '-n',
            namespace,
            `--field-selector=involvedObject.name=${name},type=Warning`,
          );
          return items.map(({ message }) => message).join('\n');
        }, eventually)
        .toMatch(new RegExp(`newyork[^]*${what}|${what}[^]*newyork`));
      const pod = await world.kubectlJson<Pod>('london', 'get', 'pod', '-n', namespace, name);
      expect(pod.status?.phase).toBe('Pending');
      expect(await world.kubectl('newyork', 'get', 'pods', '-n', `${namespace}-london`, '-o', 'name')).toBe(
        '',
      );
      await world.kubectl('london', 'delete', 'pod', '-n', namespace, name, '--timeout=30s');
    },
  );

  test('a namespace that was not granted is refused with the reason, and nothing else suffers', async () => {
    await world.kubectl('london', 'create', 'namespace', 'greedy');
    const refused = await offload(
      'namespace',
      'greedy',
      '--namespace-mapping-strategy=EnforceSameName',
      '--timeout=10s',
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('--allow-namespace');
    expect(await world.kubectl('newyork', 'get', 'namespace', 'greedy', '--ignore-not-found')).toBe('');
    expect(await offload('unoffload', 'namespace', 'greedy', '--yes')).toMatchObject({ code: 0 });
    await world.kubectl('london', 'delete', 'namespace', 'greedy');
  });

  test('an invitation is redeemed once; who comes second is told by whom', async () => {
    const printed = await world.shell('newyork', [
      'kubectl',
      'offload',
      'generate',
      'peer-command',
      '--only-command',
    ]);
    expect(printed.code).toBe(0);
    const text = printed.stdout
      .split('\n')
      .find((line) => line.startsWith('interspan-invitation-')) as string;
    const inArguments = await offload('peer', 'newyork', '--token', text);
    expect([inArguments.code, inArguments.stderr]).toEqual([2, expect.stringContaining('--token -')]);
    const mangled = await world.shell(
      'london',
      ['kubectl', 'offload', 'peer', 'newyork', '--token', '-'],
      text.slice(0, -3),
    );
    expect([mangled.code !== 0, mangled.stderr]).toEqual([
      true,
      expect.stringContaining('not an invitation'),
    ]);
    // London is peered already: it says so and keeps its peering.
    const again = await world.shell('london', ['bash'], printed.stdout);
    expect([again.code, again.stderr + again.stdout]).toEqual([0, expect.stringMatching(/already/i)]);
  });

  test('a DaemonSet that tolerates everything rolls out, and nothing of it runs in New York', async () => {
    const labels = { app: 'everywhere' };
    await world.apply('london', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'everywhere', namespace: demoNamespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            tolerations: [{ operator: 'Exists' }],
            containers: [{ name: 'main', image: podinfoImage, imagePullPolicy: 'IfNotPresent' }],
          },
        },
      },
    });
    await world.kubectl(
      'london',
      'rollout',
      'status',
      '-n',
      demoNamespace,
      'daemonset/everywhere',
      '--timeout=30s',
    );
    expect(await pods('newyork', '-l', 'app=everywhere')).toEqual([]);
    await world.kubectl('london', 'delete', 'daemonset', '-n', demoNamespace, 'everywhere', '--timeout=30s');
  });

  test('deleted by hand, the node is back and its pods are the same on both sides', async () => {
    await world.apply('london', busybox('steady', 'spread'));
    await world.kubectl(
      'london',
      'wait',
      '-n',
      'spread',
      'pod/steady',
      '--for=condition=Ready',
      '--timeout=30s',
    );
    const uids = async () =>
      Promise.all([
        world.kubectl('london', 'get', 'pod', '-n', 'spread', 'steady', '-o', 'jsonpath={.metadata.uid}'),
        world.kubectl(
          'newyork',
          'get',
          'pod',
          '-n',
          'spread-london',
          'steady',
          '-o',
          'jsonpath={.metadata.uid}',
        ),
      ]);
    const first = await uids();
    await world.kubectl('london', 'delete', 'node', node);
    await expect.poll(() => world.kubectl('london', 'get', 'node', node), eventually).toMatch(/ Ready /);
    expect(await uids()).toEqual(first);
  });

  test('agents that are killed on both sides disturb no running pod', async () => {
    const states = async () =>
      JSON.stringify(
        await Promise.all([
          world.kubectl('london', 'get', 'pod', '-n', 'spread', 'steady', '-o', 'jsonpath={.metadata.uid}'),
          world.kubectl(
            'newyork',
            ...['get', 'pod', '-n', 'spread-london', 'steady'],
            ...['-o', 'jsonpath={.metadata.uid} {.status.containerStatuses[0].restartCount}'],
          ),
        ]),
      );
    const first = await states();
    for (const cluster of clusters)
      await world.kubectl(
        cluster,
        ...['delete', 'pod', '-n', 'offload-system', '-l', 'app.kubernetes.io/name=offload-agent'],
        ...['--force', '--grace-period=0'],
      );
    await world.apply('london', busybox('later', 'spread'));
    await world.kubectl(
      'london',
      'wait',
      '-n',
      'spread',
      'pod/later',
      '--for=condition=Ready',
      '--timeout=60s',
    );
    expect(await states()).toBe(first);
  });

  test('unoffload says what will go, and takes it away', async () => {
    const asked = await offload('unoffload', 'namespace', 'spread');
    expect(asked.code).not.toBe(0);
    expect(asked.stderr).toContain('--yes');
    // Not London's: the twin namespace would stay for its sake.
    await world.kubectl('newyork', 'delete', 'pod', '-n', demoNamespace, 'consumer', '--timeout=30s');
    const done = await offload('unoffload', 'namespace', 'spread', demoNamespace, '--yes');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    for (const twin of ['spread-london', demoNamespace])
      await expect
        .poll(() => world.kubectl('newyork', 'get', 'namespace', twin, '--ignore-not-found'), eventually)
        .toBe('');
  });

  test('unpeer removes the node, uninstall --purge the rest: every object is as before the install', async () => {
    const unpeered = await offload('unpeer', 'newyork', '--yes');
    expect(unpeered, unpeered.stderr).toMatchObject({ code: 0 });
    expect(await world.kubectl('london', 'get', 'node', node, '--ignore-not-found')).toBe('');
    const twice = await offload('unpeer', 'newyork', '--yes');
    expect(twice, twice.stderr).toMatchObject({ code: 0 });
    await world.kubectl('london', 'delete', 'namespace', 'spread', demoNamespace, '--timeout=60s');
    await Promise.all(
      clusters.map(async (cluster) => {
        const gone = await world.shell(cluster, ['kubectl', 'offload', 'uninstall', '--purge', '--yes']);
        expect(gone, gone.stderr).toMatchObject({ code: 0 });
        expect(await everyObject((...args) => world.kubectl(cluster, ...args))).toEqual(before.get(cluster));
      }),
    );
  });
});
