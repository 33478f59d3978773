import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress, Pod } from '#core/api/kubernetes.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { tsigKeyFile } from '#tools/playground/edge/start-edge.ts';
import { run } from '#tools/playground/world/command.ts';
import { edgeFolder } from '#tools/playground/world/folders.ts';

const host = 'liqo.cloud.example.com';
const zone = 'cloud.example.com';
const both = ['eu', 'us'] as const;

describe('one name over two clusters', () => {
  let world: TestWorld;
  let eu: string[];
  let us: string[];
  beforeAll(async () => {
    world = await raiseWorld({ scenario: 'one-name' });
    [eu, us] = world.plan.clusters.map(({ nodes }) => nodes.map(({ address }) => address)) as [
      string[],
      string[],
    ];
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const gslb = (cluster: 'eu' | 'us', name = 'podinfo', namespace = 'podinfo') =>
    world.kubectlJson<Gslb>(cluster, 'get', 'gslbs.k8gb.io', '-n', namespace, name);
  const condition = async (cluster: 'eu' | 'us', name: string, type: string) =>
    (await gslb(cluster, name)).status?.conditions?.find((one) => one.type === type);
  const scale = (cluster: 'eu' | 'us', replicas: number) =>
    world.kubectl(cluster, 'scale', '-n', 'podinfo', 'deployment/podinfo', `--replicas=${replicas}`);
  const nodesOf = { eu: () => eu, us: () => us };
  /** What every sidecar of both clusters answers; one text when they agree. */
  const everywhere = async (name = host): Promise<string> => {
    const answers = await Promise.all([...eu, ...us].map((server) => world.addresses(server, name)));
    return [...new Set(answers.map((addresses) => addresses.join(' ')))].join(' / ');
  };
  const eventually = { timeout: 60_000, interval: 250 };
  const all = () => [...eu, ...us].join(' ');

  test('kubectl shows the two addresses of each cluster on its Ingress', async () => {
    for (const cluster of both) {
      const ingress = await world.kubectlJson<Ingress>(cluster, 'get', 'ingress', '-n', 'podinfo', 'podinfo');
      const ips = ingress.status?.loadBalancer?.ingress?.map(({ ip }) => ip);
      expect(ips).toEqual(nodesOf[cluster]());
    }
  });

  test('kubectl shows geoTag, health and four healthy records in both clusters', async () => {
    for (const cluster of both) {
      await expect
        .poll(async () => (await gslb(cluster)).status, eventually)
        .toMatchObject({
          geoTag: cluster,
          serviceHealth: { [host]: 'Healthy' },
          healthyRecords: { [host]: [...eu, ...us] },
          hosts: host,
        });
      const { spec } = await gslb(cluster);
      expect(spec?.strategy).toEqual({ type: 'roundRobin', dnsTtlSeconds: 30 });
    }
  });

  test('the edge delegates the zone to both clusters, each with its glue and owner record', async () => {
    const edge = world.plan.edge.address;
    for (const cluster of both) {
      expect(await world.addresses(edge, `gslb-ns-${cluster}-${zone}`)).toEqual(nodesOf[cluster]());
      const owner = await world.dig(edge, '+short', `_gslb-owner-${cluster}.example.com`, 'TXT');
      const system = await world.kubectlJson<Gslb>(cluster, 'get', 'namespace', 'kube-system');
      expect(owner).toContain(system.metadata.uid);
    }
    const apex = await Promise.all(
      [edge, ...eu, ...us].map((server) => world.dig(server, '+short', zone, 'NS')),
    );
    const names = both.map((cluster) => `gslb-ns-${cluster}-${zone}.`).join('\n');
    expect(new Set(apex.map((text) => text.trim().split('\n').sort().join('\n')))).toEqual(new Set([names]));
  });

  test('BIND, recursing to the delegation, returns four addresses', async () => {
    expect((await world.addresses(world.plan.edge.address, host)).join(' ')).toBe(all());
  });

  test('the order changes from answer to answer at the sidecar', async () => {
    const first = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const [address = ''] = (await world.dig(eu[0] as string, '+short', host)).split('\n');
      first.add(address);
    }
    expect([...first].sort()).toEqual([...eu, ...us]);
  });

  test('requests through the name reach pods of both clusters', async () => {
    const answers = await world.curlThroughName(host, 20);
    const pods = new Set(answers.map(({ pod }) => pod));
    for (const cluster of both) {
      const names = (await world.kubectl(cluster, 'get', 'pods', '-n', 'podinfo', '-o', 'name'))
        .trim()
        .split('\n');
      expect(names.some((name) => pods.has(name.replace('pod/', '')))).toBe(true);
    }
  });

  test('a cluster without ready pods leaves every answer, at BIND after the TTL, and comes back', async () => {
    await scale('eu', 0);
    await expect.poll(() => everywhere(), eventually).toBe(us.join(' '));
    await expect
      .poll(async () => (await world.addresses(world.plan.edge.address, host)).join(' '), eventually)
      .toBe(us.join(' '));
    await expect
      .poll(async () => (await gslb('eu')).status, eventually)
      .toMatchObject({ serviceHealth: { [host]: 'Unhealthy' }, healthyRecords: { [host]: us } });
    const events = await world.kubectl(
      'eu',
      'get',
      'events',
      '-n',
      'podinfo',
      '--field-selector=involvedObject.kind=Gslb',
    );
    expect(events).toContain('TargetsChanged');
    await scale('eu', 2);
    await expect.poll(() => everywhere(), eventually).toBe(all());
  }, 180_000);

  test('nothing healthy anywhere is NODATA with a short SOA, never NXDOMAIN', async () => {
    await Promise.all(both.map((cluster) => scale(cluster, 0)));
    await expect.poll(() => everywhere(), eventually).toBe('');
    const text = await world.dig(eu[0] as string, host);
    expect(text).toContain('status: NOERROR');
    expect(text).toMatch(/SOA/);
    await expect
      .poll(() => condition('us', 'podinfo', 'Ready'), eventually)
      .toMatchObject({ status: 'False', reason: 'NoHealthyTarget' });
    await Promise.all(both.map((cluster) => scale(cluster, 2)));
    await expect.poll(() => everywhere(), eventually).toBe(all());
  }, 120_000);

  test("stopping one node's ingress removes that node", async () => {
    const patch = {
      spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': 'gslb-us-1' } } } },
    };
    await world.kubectl(
      'us',
      'patch',
      'daemonset',
      '-n',
      'ingress-nginx',
      'ingress-nginx',
      '--type=merge',
      '-p',
      JSON.stringify(patch),
    );
    await expect.poll(() => everywhere(), eventually).toBe([...eu, us[0]].join(' '));
    const undo = { spec: { template: { spec: { nodeSelector: null } } } };
    await world.kubectl(
      'us',
      'patch',
      'daemonset',
      '-n',
      'ingress-nginx',
      'ingress-nginx',
      '--type=merge',
      '-p',
      JSON.stringify(undo),
    );
    await expect.poll(() => everywhere(), eventually).toBe(all());
  });

  test('failover answers with the primary alone, with the secondary while the primary is down, and goes back', async () => {
    const annotate = (...annotations: string[]) =>
      Promise.all(
        both.map((cluster) =>
          world.kubectl(
            cluster,
            'annotate',
            '--overwrite',
            '-n',
            'podinfo',
            'ingress',
            'podinfo',
            ...annotations,
          ),
        ),
      );
    await annotate('k8gb.io/strategy=failover', 'k8gb.io/primary-geotag=eu');
    await expect.poll(() => everywhere(), eventually).toBe(eu.join(' '));
    await scale('eu', 0);
    await expect.poll(() => everywhere(), eventually).toBe(us.join(' '));
    await scale('eu', 2);
    await expect.poll(() => everywhere(), eventually).toBe(eu.join(' '));
    await annotate('k8gb.io/primary-geotag=uk');
    await expect
      .poll(() => condition('us', 'podinfo', 'Accepted'), eventually)
      .toMatchObject({ status: 'True', reason: 'UnknownPrimaryGeoTag' });
    await annotate('k8gb.io/strategy=roundRobin', 'k8gb.io/primary-geotag-');
    await expect.poll(() => everywhere(), eventually).toBe(all());
  }, 180_000);

  test('a Gslb that cannot be served says why, and costs nothing else', async () => {
    const rule = (name: string) => ({
      host: name,
      http: {
        paths: [
          {
            path: '/',
            pathType: 'Prefix',
            backend: { service: { name: 'podinfo', port: { number: 9898 } } },
          },
        ],
      },
    });
    const make = (name: string, type: string, hostName: string) => ({
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { name, namespace: 'podinfo' },
      spec: { strategy: { type }, ingress: { ingressClassName: 'nginx', rules: [rule(hostName)] } },
    });
    await world.apply(
      'eu',
      make('misspelt', 'roundrobin', `a.${zone}`),
      make('outside', 'roundRobin', 'app.example.org'),
      make('taken', 'roundRobin', host),
      make('good', 'roundRobin', `good.${zone}`),
    );
    for (const [name, reason] of [
      ['misspelt', 'UnknownStrategy'],
      ['outside', 'HostOutsideZones'],
      ['taken', 'HostConflict'],
    ] as const) {
      await expect
        .poll(() => condition('eu', name, 'Accepted'), eventually)
        .toMatchObject({ status: 'False', reason });
    }
    await expect.poll(() => world.addresses(us[0] as string, `good.${zone}`), eventually).toEqual([]);
    await expect.poll(() => world.addresses(eu[1] as string, `good.${zone}`), eventually).toEqual(eu);
    expect(await everywhere()).toBe(all());
    await world.kubectl(
      'eu',
      'delete',
      'gslbs.k8gb.io',
      '-n',
      'podinfo',
      'misspelt',
      'outside',
      'taken',
      'good',
    );
    await expect.poll(() => world.addresses(eu[0] as string, `good.${zone}`), eventually).toEqual([]);
  });

  test('removing the annotation removes the Gslb and its answers', async () => {
    await world.apply('us', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'brief', namespace: 'podinfo', annotations: { 'k8gb.io/strategy': 'roundRobin' } },
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: `brief.${zone}`,
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'podinfo', port: { number: 9898 } } },
                },
              ],
            },
          },
        ],
      },
    });
    await expect.poll(() => world.addresses(us[0] as string, `brief.${zone}`), eventually).toEqual(us);
    await expect
      .poll(
        () =>
          gslb('us', 'brief').then(
            ({ kind }) => kind,
            () => 'none',
          ),
        eventually,
      )
      .toBe('Gslb');
    await world.kubectl('us', 'annotate', '-n', 'podinfo', 'ingress', 'brief', 'k8gb.io/strategy-');
    await expect
      .poll(
        () =>
          gslb('us', 'brief').then(
            ({ kind }) => kind,
            () => 'none',
          ),
        eventually,
      )
      .toBe('none');
    await expect.poll(() => world.addresses(us[1] as string, `brief.${zone}`), eventually).toEqual([]);
    await world.kubectl('us', 'delete', 'ingress', '-n', 'podinfo', 'brief');
  });

  test('kubectl gslb status shows hosts and targets of both clusters, and exits 3 when something is unhealthy', async () => {
    const kubeconfig = `${world.folder}/eu/admin.kubeconfig`;
    const plugin = ['dist/linux-x64/kubectl-gslb', 'status', '-A', '--kubeconfig', kubeconfig] as const;
    await expect.poll(async () => (await run([...plugin])).code, eventually).toBe(0);
    const { stdout } = await run([...plugin]);
    expect(stdout).toContain(host);
    expect(stdout).toMatch(/eu.*2.*us.*2/);
    await scale('eu', 0);
    await expect.poll(async () => (await run([...plugin])).code, eventually).toBe(3);
    await scale('eu', 2);
    await expect.poll(async () => (await run([...plugin])).code, eventually).toBe(0);
  }, 120_000);

  describe('heals without a hand', () => {
    test('when a sidecar is killed', async () => {
      const pods = async () =>
        (await world.kubectlJson<{ items: readonly Pod[] }>('eu', 'get', 'pods', '-n', 'gslb-system')).items;
      const [killed] = await pods();
      const name = killed?.metadata.name as string;
      await world.kubectl('eu', 'delete', 'pod', '-n', 'gslb-system', name, '--grace-period=0', '--force');
      const ready = async () =>
        (await pods())
          .filter(({ metadata }) => metadata.name !== name)
          .filter(({ status }) =>
            status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
          );
      await expect.poll(async () => (await ready()).length, eventually).toBe(2);
      await expect.poll(() => everywhere(), eventually).toBe(all());
    });

    test('when an API server is away: answers go on, and follow again when it is back', async () => {
      await world.stopApiServer('us');
      expect(await everywhere()).toBe(all());
      await sleep(3_000);
      expect(await everywhere()).toBe(all());
      await world.mend();
      await scale('us', 0);
      await expect.poll(() => everywhere(), eventually).toBe(eu.join(' '));
      await scale('us', 2);
      await expect.poll(() => everywhere(), eventually).toBe(all());
    }, 180_000);

    test('when BIND is away, and when somebody removed our delegation meanwhile', async () => {
      await world.stopEdge();
      expect(await everywhere()).toBe(all());
      await world.mend();
      const key = tsigKeyFile(edgeFolder(world.folder), 'eu');
      const { code } = await run(['nsupdate', '-k', key], {
        input: `server ${world.plan.edge.address}\nzone example.com\nupdate delete ${zone} NS gslb-ns-eu-${zone}.\nsend\n`,
      });
      expect(code).toBe(0);
      await expect
        .poll(() => world.dig(world.plan.edge.address, '+norecurse', zone, 'NS'), eventually)
        .toContain(`gslb-ns-eu-${zone}.`);
    }, 120_000);

    test('when a node loses power', async () => {
      await world.stopNode('gslb-us-2');
      await expect
        .poll(async () => (await world.addresses(eu[0] as string, host)).includes(us[1] as string), {
          timeout: 90_000,
          interval: 500,
        })
        .toBe(false);
      await world.startNode('gslb-us-2');
      await expect.poll(() => everywhere(), { timeout: 90_000, interval: 500 }).toBe(all());
    }, 300_000);
  });
});
