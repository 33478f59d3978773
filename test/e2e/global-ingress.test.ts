import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress, Pod } from '#core/api/kubernetes.ts';
import { everyObject } from '#test/support/every-object.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { notOnControlPlane } from '#tools/playground/scenario/global-ingress.ts';
import { podinfo, podinfoNamespace, tutorialHost } from '#tools/playground/scenario/podinfo.ts';

const both = ['eu', 'us'] as const;
const virtual = 'liqo-gslb-us';
const eventually = { timeout: 60_000, interval: 250 };

describe('the tutorial Global Ingress', () => {
  let world: TestWorld;
  let eu: string[];
  let us: string[];
  const before = new Map<string, readonly string[]>();

  beforeAll(async () => {
    world = await raiseWorld({ scenario: 'bare', layout: 'global-ingress', instance: 'e2e-global' });
    for (const cluster of both)
      before.set(cluster, await everyObject((...args) => world.kubectl(cluster, ...args)));
    await world.install('global-ingress');
    [eu, us] = world.plan.clusters.map(({ nodes }) => nodes.map(({ address }) => address)) as [
      string[],
      string[],
    ];
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const where = ['-n', podinfoNamespace] as const;
  const pods = async (cluster: string) =>
    (await world.kubectlJson<{ items: Pod[] }>(cluster, 'get', 'pods', ...where)).items.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
  const offload = (...words: string[]) => world.shell('eu', ['kubectl', 'offload', ...words]);
  const rolledOut = () =>
    world.kubectl('eu', 'rollout', 'status', ...where, 'deployment/podinfo', '--timeout=60s');
  /** Taints that Kubernetes puts on a node that is not ready, or that cannot be reached. */
  const conditionTaints = async () => {
    const { spec } = await world.kubectlJson<{
      readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
    }>('eu', 'get', 'node', virtual);
    return (spec?.taints ?? []).map(({ key }) => key).filter((key) => key.startsWith('node.kubernetes.io/'));
  };
  const nodesOfPods = async () => (await pods('eu')).map(({ spec }) => spec?.nodeName).sort();
  /** What every sidecar of both clusters answers; one text when they agree. */
  const everywhere = async (): Promise<string> => {
    const answers = await Promise.all([...eu, ...us].map((server) => world.addresses(server, tutorialHost)));
    return [...new Set(answers.map((addresses) => addresses.join(' ')))].join(' / ');
  };
  const all = () => [...eu, ...us].join(' ');

  test('foreignclusters and virtual nodes are shown as the tutorial shows them', async () => {
    expect(await world.kubectl('eu', 'get', 'foreignclusters')).toMatch(
      /gslb-us +Provider +Established +None +Established +Established/,
    );
    const node = await world.kubectlJson<Pod>('eu', 'get', 'node', virtual);
    expect(node.metadata.labels).toMatchObject({
      'liqo.io/type': 'virtual-node',
      'liqo.io/remote-cluster-id': 'gslb-us',
    });
    expect(await world.kubectl('us', 'get', 'nodes', '-o', 'name')).not.toContain('liqo');
  });

  test('the Ingress has the addresses of each cluster, and a Gslb in each four healthy records', async () => {
    for (const [cluster, addresses] of [
      ['eu', eu],
      ['us', us],
    ] as const) {
      const ingress = await world.kubectlJson<Ingress>(cluster, 'get', 'ingress', ...where, 'podinfo');
      expect(ingress.status?.loadBalancer?.ingress?.map(({ ip }) => ip)).toEqual(addresses);
      const gslb = await world.kubectlJson<Gslb>(cluster, 'get', 'gslbs.k8gb.io', ...where, 'podinfo');
      expect(gslb.status).toMatchObject({
        geoTag: cluster,
        serviceHealth: { [tutorialHost]: 'Healthy' },
        healthyRecords: { [tutorialHost]: [...eu, ...us] },
      });
    }
  });

  test('pods of both clusters answer, whichever of the four nodes is asked', async () => {
    const names = (await pods('eu')).map(({ metadata }) => metadata.name).sort();
    expect(names).toHaveLength(2);
    for (const { name } of world.plan.clusters.flatMap(({ nodes }) => nodes)) {
      const answers = await world.curlNode(name, tutorialHost, 12);
      expect([...new Set(answers.map(({ pod }) => pod))].sort(), name).toEqual(names);
    }
  });

  /** Deploys podinfo anew: a rolling update places new pods while old ones stand. */
  const deployAfresh = async (): Promise<void> => {
    const deployment = podinfo(notOnControlPlane).filter(
      (object) => (object as { kind: string }).kind === 'Deployment',
    );
    await world.kubectl('eu', 'delete', ...where, 'deployment/podinfo', '--cascade=foreground');
    await world.apply('eu', ...deployment);
    await rolledOut();
  };

  test('with all pods in us the nodes of us answer first, and with the link cut they still answer', async () => {
    await world.kubectl(
      'eu',
      ...(['patch', ...where, 'deployment/podinfo', '--type=merge', '-p'] as const),
      JSON.stringify({
        spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': virtual } } } },
      }),
    );
    await rolledOut();
    await expect.poll(() => nodesOfPods(), eventually).toEqual([virtual, virtual]);
    await expect.poll(() => everywhere(), eventually).toBe(us.join(' '));
    // The resolver keeps what it heard before for up to its TTL.
    await expect.poll(() => world.addresses(world.plan.edge.address, tutorialHost), eventually).toEqual(us);
    // Nodes of eu reach them through the gateway all the same.
    const [answer] = await world.curlNode('gslb-eu-1', tutorialHost, 1);
    expect(answer?.status).toBe(200);
    await world.severLink('eu', 'us');
    try {
      const cut = Date.now();
      while (Date.now() - cut < 20_000) {
        const [through] = await world.curlThroughName(tutorialHost, 1);
        expect(through?.status).toBe(200);
        expect(us).toContain(through?.address);
      }
      for (const server of us) expect(await world.addresses(server, tutorialHost)).toEqual(us);
      // A sidecar of eu has no healthy target of its own: never an address that does not serve.
      for (const server of eu)
        for (const address of await world.addresses(server, tutorialHost)) expect(us).toContain(address);
    } finally {
      await world.joinLink('eu', 'us');
    }
    // While the virtual node is tainted as not ready, no pod would be placed there.
    await expect.poll(() => conditionTaints(), eventually).toEqual([]);
    await deployAfresh();
    await expect.poll(() => everywhere(), eventually).toBe(all());
  }, 240_000);

  // Behind what asks for answers: after ten losses within minutes a cluster that is back is held for minutes.
  test('over ten fresh rollouts one replica always lands on the virtual node', async () => {
    for (let rollout = 1; rollout <= 10; rollout++) {
      await deployAfresh();
      expect(await nodesOfPods(), `rollout ${rollout}`).toEqual(['gslb-eu-2', virtual]);
    }
    await expect.poll(async () => (await pods('us')).length, eventually).toBe(1);
  });

  test('unoffload, unpeer, uninstall --purge: the name goes on in eu, and nothing of ours is left', async () => {
    const run = async (...words: string[]) => {
      const done = await offload(...words, '--yes');
      expect(done, done.stderr).toMatchObject({ code: 0 });
    };
    await run('unoffload', 'namespace', podinfoNamespace);
    await expect
      .poll(() => world.kubectl('us', 'get', 'namespace', podinfoNamespace, '--ignore-not-found'), eventually)
      .toBe('');
    await run('unpeer', 'gslb-us');
    expect(await world.kubectl('eu', 'get', 'node', virtual, '--ignore-not-found')).toBe('');
    await rolledOut();
    // The sidecars of us know nothing of the name any more: that a peer has it, they learn with the fleet's exchange.
    for (const server of eu)
      await expect.poll(() => world.addresses(server, tutorialHost), eventually).toEqual(eu);
    await Promise.all(
      both.map(async (cluster) => {
        const gone = await world.shell(cluster, ['kubectl', 'offload', 'uninstall', '--purge', '--yes']);
        expect(gone, gone.stderr).toMatchObject({ code: 0 });
        await world.kubectl(cluster, 'delete', 'namespace', podinfoNamespace, '--ignore-not-found');
        await world.kubectl(cluster, 'delete', '-k', `${world.folder}/${cluster}/overlay`);
        await world.kubectl(
          cluster,
          ...['delete', 'namespace/ingress-nginx', 'clusterrole/ingress-nginx'],
          ...['clusterrolebinding/ingress-nginx', 'ingressclass/nginx'],
        );
        expect(await everyObject((...args) => world.kubectl(cluster, ...args))).toEqual(before.get(cluster));
      }),
    );
  }, 240_000);
});
