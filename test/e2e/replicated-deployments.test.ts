import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EndpointSlice, Pod } from '#core/api/kubernetes.ts';
import { everyObject } from '#test/support/every-object.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { demoNamespace } from '#tools/playground/scenario/service-offloading.ts';

const clusters = ['cloud', 'rome', 'milan'] as const;
const destinations = ['rome', 'milan'] as const;
const app = 'liqo-demo-app';
const eventually = { timeout: 60_000, interval: 250 };
/** How long the number of slices is watched, in seconds; INTERSPAN_LOOP_SECONDS=300 is the long run. */
const watched = Number(process.env['INTERSPAN_LOOP_SECONDS'] ?? 15);

describe('the tutorial Replicated Deployments', () => {
  let world: TestWorld;
  const before = new Map<string, readonly string[]>();

  beforeAll(async () => {
    world = await raiseWorld({ scenario: 'bare', layout: 'replicated-deployments', instance: 'e2e-three' });
    await Promise.all(
      clusters.map(async (cluster) =>
        before.set(cluster, await everyObject((...args) => world.kubectl(cluster, ...args))),
      ),
    );
    await world.install('replicated-deployments');
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const where = ['-n', demoNamespace] as const;
  const offload = (...words: string[]) => world.shell('cloud', ['kubectl', 'offload', ...words]);
  const pods = async (cluster: string) =>
    (await world.kubectlJson<{ items: Pod[] }>(cluster, 'get', 'pods', ...where)).items;

  test('virtual nodes carry the labels of their clusters', async () => {
    const labelled = await world.kubectl(
      'cloud',
      'get',
      'nodes',
      '-o',
      'name',
      '-l',
      'topology.liqo.io/type=destination',
    );
    expect(labelled.trim().split('\n').sort()).toEqual([
      'node/liqo-europe-milan-edge',
      'node/liqo-europe-rome-edge',
    ]);
  });

  test('exactly one pod runs in each destination', async () => {
    expect((await pods('cloud')).map(({ spec }) => spec?.nodeName).sort()).toEqual([
      'liqo-europe-milan-edge',
      'liqo-europe-rome-edge',
    ]);
    for (const cluster of destinations)
      expect((await pods(cluster)).map(({ status }) => status?.phase)).toEqual(['Running']);
  });

  test('peerings that run in a circle stand side by side, and a twin is not offloaded further', async () => {
    const circle = [
      ['rome', 'milan', 'europe-milan-edge'],
      ['milan', 'cloud', 'europe-cloud'],
    ] as const;
    for (const [consumer, provider, id] of circle) {
      const words = ['kubectl', 'offload', 'generate', 'peer-command', '--only-command'] as const;
      const { stdout } = await world.shell(provider, [...words]);
      const peered = await world.shell(consumer, ['bash'], stdout);
      expect(peered, peered.stderr).toMatchObject({ code: 0 });
      expect(await world.kubectl(consumer, 'get', 'foreignclusters', id)).toMatch(
        / Established +(None|Established) +Established +Established /,
      );
    }
    const refused = await world.shell('rome', ['kubectl', 'offload', 'namespace', demoNamespace]);
    expect([refused.code === 0, refused.stderr]).toEqual([
      false,
      expect.stringContaining('is the twin of a namespace of europe-cloud'),
    ]);
  });

  test(
    'a Service over three clusters that are peered in a circle keeps its number of slices',
    async () => {
      await world.apply('cloud', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: app, namespace: demoNamespace },
        spec: { selector: { app }, ports: [{ name: 'web', port: 80, targetPort: 'web' }] },
      });
      const slices = async (cluster: string) =>
        (
          await world.kubectlJson<{ items: EndpointSlice[] }>(
            cluster,
            ...['get', 'endpointslices', ...where, '-l', `kubernetes.io/service-name=${app}`],
          )
        ).items;
      const ready = async (cluster: string) =>
        (await slices(cluster))
          .flatMap(({ endpoints }) => endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready !== false).length;
      for (const cluster of clusters)
        await expect.poll(() => ready(cluster), { ...eventually, message: cluster }).toBe(2);
      const all = async () => Promise.all(clusters.map(slices));
      const names = (lists: Awaited<ReturnType<typeof all>>) =>
        lists.map((items) => items.map(({ metadata }) => metadata.name).sort());
      const first = names(await all());
      for (let second = 0; second < watched; second++) {
        await sleep(1000);
        const now = await all();
        expect(names(now)).toEqual(first);
        // An endpoint leaves while no gateway tells of its link; none ever comes to the two.
        for (const items of now)
          expect(items.flatMap(({ endpoints }) => endpoints ?? []).length).toBeLessThanOrEqual(2);
      }
      for (const cluster of clusters)
        await expect.poll(() => ready(cluster), { ...eventually, message: cluster }).toBe(2);
    },
    (watched + 120) * 1000,
  );

  test('a pod of either destination that dies comes back where it was', async () => {
    for (const cluster of destinations) {
      const [pod] = await pods(cluster);
      await world.kubectl('cloud', 'delete', 'pod', ...where, pod?.metadata.name as string, '--timeout=30s');
      await world.kubectl('cloud', 'rollout', 'status', ...where, `deployment/${app}`, '--timeout=60s');
      expect((await pods(cluster)).map(({ status }) => status?.phase)).toEqual(['Running']);
    }
  });

  test('unoffload, unpeer, uninstall --purge: every object is as before the install', async () => {
    const run = async (...words: string[]) => {
      const done = await offload(...words, '--yes');
      expect(done, done.stderr).toMatchObject({ code: 0 });
    };
    await run('unoffload', 'namespace', demoNamespace);
    await Promise.all([run('unpeer', 'europe-rome-edge'), run('unpeer', 'europe-milan-edge')]);
    for (const [consumer, provider] of [
      ['rome', 'europe-milan-edge'],
      ['milan', 'europe-cloud'],
    ] as const) {
      const ended = await world.shell(consumer, ['kubectl', 'offload', 'unpeer', provider, '--yes']);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    }
    await world.kubectl('cloud', 'delete', 'namespace', demoNamespace, '--timeout=60s');
    await Promise.all(
      clusters.map(async (cluster) => {
        const gone = await world.shell(cluster, ['kubectl', 'offload', 'uninstall', '--purge', '--yes']);
        expect(gone, gone.stderr).toMatchObject({ code: 0 });
        expect(await everyObject((...args) => world.kubectl(cluster, ...args))).toEqual(before.get(cluster));
      }),
    );
  }, 180_000);
});
