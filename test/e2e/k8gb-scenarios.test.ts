import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { KubeObject } from '#core/api/kubernetes.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';

const zone = 'cloud.example.com';
const namespace = 'podinfo';
const clusters = ['eu', 'us'] as const;
type Cluster = (typeof clusters)[number];
const eventually = { timeout: 60_000, interval: 250 };

/** k8gb's published scenarios on two real clusters: asked at BIND, at every sidecar, and read from the objects. */
describe('k8gb scenarios', () => {
  let world: TestWorld;
  let nodes: Readonly<Record<Cluster, readonly string[]>>;
  beforeAll(async () => {
    world = await raiseWorld({ instance: 'k8gb', scenario: 'one-name' });
    const [eu = [], us = []] = world.plan.clusters.map((each) => each.nodes.map(({ address }) => address));
    nodes = { eu, us };
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const kubectl = (cluster: Cluster, ...args: string[]) => world.kubectl(cluster, '-n', namespace, ...args);
  const gslb = (cluster: Cluster, name: string) =>
    world.kubectlJson<Gslb>(cluster, 'get', 'gslbs.k8gb.io', '-n', namespace, name);
  const status = async (cluster: Cluster, name: string) => (await gslb(cluster, name)).status;
  const condition = async (cluster: Cluster, name: string, type: string) =>
    (await status(cluster, name))?.conditions?.find((one) => one.type === type);
  const scale = (cluster: Cluster, replicas: number) =>
    kubectl(cluster, 'scale', 'deployment/podinfo', `--replicas=${replicas}`);
  const addressesOf = (...tags: readonly Cluster[]) => tags.flatMap((tag) => nodes[tag]).sort();
  /** What the sidecars of a cluster answer, and what BIND does: one text each while all of them agree. */
  const atSidecars = async (cluster: Cluster, host: string): Promise<string> => {
    const answers = await Promise.all(nodes[cluster].map((server) => world.addresses(server, host)));
    return [...new Set(answers.map((addresses) => addresses.join(' ')))].join(' / ');
  };
  const atBind = async (host: string): Promise<string> =>
    (await world.addresses(world.plan.edge.address, host)).join(' ');
  /** Every sidecar and BIND answer with exactly these addresses: sorted, with spaces between. */
  const answeredWith = async (host: string, text: string): Promise<void> => {
    for (const cluster of clusters) await expect.poll(() => atSidecars(cluster, host), eventually).toBe(text);
    await expect.poll(() => atBind(host), eventually).toBe(text);
  };
  /** The same with those of whole clusters; of none: no data. */
  const answered = (host: string, ...tags: readonly Cluster[]): Promise<void> =>
    answeredWith(host, addressesOf(...tags).join(' '));
  const inBoth = (work: (cluster: Cluster) => Promise<unknown>) => Promise.all(clusters.map(work));
  const events = async (cluster: Cluster, name: string): Promise<readonly string[]> => {
    const { items } = await world.kubectlJson<{
      readonly items: readonly {
        readonly reason: string;
        readonly note?: string;
        readonly message?: string;
      }[];
    }>(
      cluster,
      'get',
      'events',
      '-n',
      namespace,
      `--field-selector=involvedObject.kind=Gslb,involvedObject.name=${name}`,
    );
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  };
  const eventsTell = (cluster: Cluster, name: string, ...wanted: readonly RegExp[]) =>
    expect
      .poll(async () => {
        const told = await events(cluster, name);
        const missing = wanted.filter((pattern) => !told.some((text) => pattern.test(text))).map(String);
        return missing.length === 0 ? 'all' : { missing, told };
      }, eventually)
      .toBe('all');

  const rule = (host: string, service = 'podinfo') => ({
    host,
    http: {
      paths: [
        { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 9898 } } } },
      ],
    },
  });
  /** An Ingress that wants a Gslb; its answers live for a second, so that BIND follows soon. */
  const ingress = (
    name: string,
    annotations: Readonly<Record<string, string>>,
    { host = `${name}.${zone}`, className = 'nginx' } = {},
  ): KubeObject & { readonly spec: object } => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace, annotations: { 'k8gb.io/dns-ttl-seconds': '1', ...annotations } },
    spec: { ingressClassName: className, rules: [rule(host)] },
  });
  const annotate = (cluster: Cluster, name: string, ...annotations: readonly string[]) =>
    kubectl(cluster, 'annotate', '--overwrite', 'ingress', name, ...annotations);

  describe('clusters are killed one by one until none is left, and started one by one', () => {
    const scenarios = {
      'round-robin': { eu: { 'k8gb.io/strategy': 'roundRobin' }, us: { 'k8gb.io/strategy': 'roundRobin' } },
      failover: {
        eu: { 'k8gb.io/strategy': 'failover', 'k8gb.io/primary-geotag': 'eu' },
        us: { 'k8gb.io/strategy': 'failover', 'k8gb.io/primary-geotag': 'eu' },
      },
      split: {
        eu: { 'k8gb.io/strategy': 'failover', 'k8gb.io/primary-geotag': 'eu' },
        us: { 'k8gb.io/strategy': 'failover', 'k8gb.io/primary-geotag': 'us' },
      },
    } as const;
    beforeAll(async () => {
      for (const cluster of clusters)
        await world.apply(
          cluster,
          ...Object.entries(scenarios).map(([name, annotations]) => ingress(name, annotations[cluster])),
        );
    });

    const eu = ['eu'] as const;
    const us = ['us'] as const;
    const none = [] as const;
    interface Step {
      readonly what: string;
      readonly replicas: Readonly<Record<Cluster, number>>;
      /** Clusters whose addresses are the answer: everywhere, or at the sidecars of one. */
      readonly roundRobin: readonly Cluster[];
      readonly failover: readonly Cluster[];
      readonly split: Readonly<Record<Cluster, readonly Cluster[]>>;
    }
    const steps: readonly Step[] = [
      { what: 'all run', replicas: { eu: 2, us: 2 }, roundRobin: clusters, failover: eu, split: { eu, us } },
      {
        what: 'one pod of eu is gone',
        replicas: { eu: 1, us: 2 },
        roundRobin: clusters,
        failover: eu,
        split: { eu, us },
      },
      {
        what: 'both pods of eu are gone',
        replicas: { eu: 0, us: 2 },
        roundRobin: us,
        failover: us,
        split: { eu: us, us },
      },
      {
        what: 'one pod of us is gone too',
        replicas: { eu: 0, us: 1 },
        roundRobin: us,
        failover: us,
        split: { eu: us, us },
      },
      {
        what: 'no pod is left',
        replicas: { eu: 0, us: 0 },
        roundRobin: none,
        failover: none,
        split: { eu: none, us: none },
      },
      {
        what: 'a pod of us is back',
        replicas: { eu: 0, us: 1 },
        roundRobin: us,
        failover: us,
        split: { eu: us, us },
      },
      {
        what: 'all are back',
        replicas: { eu: 2, us: 2 },
        roundRobin: clusters,
        failover: eu,
        split: { eu, us },
      },
    ];
    test.each(steps)('$what', async ({ replicas, roundRobin, failover, split }) => {
      await Promise.all(clusters.map((cluster) => scale(cluster, replicas[cluster])));
      for (const cluster of clusters) {
        const wanted = { 'round-robin': roundRobin, failover, split: split[cluster] };
        for (const [name, tags] of Object.entries(wanted)) {
          const host = `${name}.${zone}`;
          await expect.poll(() => atSidecars(cluster, host), eventually).toBe(addressesOf(...tags).join(' '));
          await expect
            .poll(() => status(cluster, name), eventually)
            .toMatchObject({
              serviceHealth: { [host]: replicas[cluster] > 0 ? 'Healthy' : 'Unhealthy' },
              healthyRecords: { [host]: addressesOf(...tags) },
            });
          expect(await condition(cluster, name, 'Ready')).toMatchObject(
            tags.length > 0
              ? { status: 'True', reason: 'HasTargets' }
              : { status: 'False', reason: 'NoHealthyTarget' },
          );
        }
      }
      await expect
        .poll(() => atBind(`round-robin.${zone}`), eventually)
        .toBe(addressesOf(...roundRobin).join(' '));
      await expect
        .poll(() => atBind(`failover.${zone}`), eventually)
        .toBe(addressesOf(...failover).join(' '));
      const either = clusters.map((cluster) => addressesOf(...split[cluster]).join(' '));
      await expect.poll(() => atBind(`split.${zone}`), eventually).toBeOneOf(either);
      // A name without targets is there all the same (RFC 8020).
      const text = await world.dig(nodes.eu[0] as string, `failover.${zone}`);
      expect(text).toContain('status: NOERROR');
    });

    test('events alone tell what happened', async () => {
      for (const cluster of clusters) {
        await eventsTell(
          cluster,
          'failover',
          /^FailedOver: eu→us/,
          /^FailedBack: us→eu/,
          /^Unhealthy: failover\.cloud\.example\.com lacks a ready endpoint/,
          /^Healthy: /,
        );
        await eventsTell(cluster, 'round-robin', /^TargetsChanged: .* answers nothing; before: /);
      }
      await eventsTell('eu', 'split', /^FailedOver: eu→us/, /^FailedBack: us→eu/);
    });
  });

  test('three states of a host: Healthy, Unhealthy without an endpoint, NotFound without its Service', async () => {
    const service = (name: string, spec: object) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { ports: [{ port: 9898 }], ...spec },
    });
    const [healthy, unhealthy, notFound] = ['healthy', 'unhealthy', 'notfound'].map(
      (name) => `${name}.${zone}`,
    ) as [string, string, string];
    const rules = [rule(healthy), rule(unhealthy, 'state-unhealthy'), rule(notFound, 'state-notfound')];
    const object = {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { name: 'states', namespace },
      spec: {
        strategy: { type: 'roundRobin', dnsTtlSeconds: 1 },
        ingress: { ingressClassName: 'nginx', rules },
      },
    };
    await inBoth((cluster) => world.apply(cluster, service('state-unhealthy', {}), object));
    for (const cluster of clusters) {
      await expect
        .poll(() => status(cluster, 'states'), eventually)
        .toMatchObject({
          serviceHealth: { [healthy]: 'Healthy', [unhealthy]: 'Unhealthy', [notFound]: 'NotFound' },
          healthyRecords: { [healthy]: addressesOf(...clusters), [unhealthy]: [], [notFound]: [] },
        });
      expect(await condition(cluster, 'states', 'Ready')).toMatchObject({
        status: 'False',
        message: expect.stringMatching(/notfound\.\S+, unhealthy\.\S+$/),
      });
    }
    await answered(healthy, ...clusters);
    await answered(unhealthy);
    await answered(notFound);
    const selector = { 'app.kubernetes.io/name': 'podinfo' };
    await world.apply('eu', service('state-notfound', { selector }));
    await answered(notFound, 'eu');
    await eventsTell('eu', 'states', /^Healthy: notfound\.\S+ has ready endpoints in eu/);
    await kubectl('eu', 'delete', 'service', 'state-notfound');
    await answered(notFound);
    await eventsTell('eu', 'states', /^NotFound: notfound\.\S+ lacks its Service/);
    await inBoth((cluster) => kubectl(cluster, 'delete', 'gslbs.k8gb.io', 'states'));
    await answered(healthy);
  });

  test('an annotated Ingress is followed from its creation to its end', async () => {
    const first = `life.${zone}`;
    const change = (...annotations: readonly string[]) =>
      inBoth((cluster) => annotate(cluster, 'life', ...annotations));
    await inBoth((cluster) => world.apply(cluster, ingress('life', { 'k8gb.io/strategy': 'roundRobin' })));
    await answered(first, ...clusters);
    const owner = { kind: 'Ingress', name: 'life' };
    for (const cluster of clusters)
      await expect
        .poll(() => gslb(cluster, 'life'), eventually)
        .toMatchObject({
          metadata: { ownerReferences: [owner] },
          spec: { strategy: { type: 'roundRobin' } },
        });

    await change('k8gb.io/dns-ttl-seconds=7');
    await expect
      .poll(() => world.dig(nodes.us[0] as string, '+noall', '+answer', first), eventually)
      .toMatch(/^life\.cloud\.example\.com\.\s+[567]\s/);
    await change('k8gb.io/dns-ttl-seconds=1', 'k8gb.io/strategy=failover', 'k8gb.io/primary-geotag=us');
    await answered(first, 'us');
    for (const cluster of clusters)
      await expect
        .poll(async () => (await gslb(cluster, 'life')).spec?.strategy, eventually)
        .toMatchObject({ type: 'failover', primaryGeoTag: 'us' });
    await change('k8gb.io/strategy=misspelt');
    await answered(first);
    for (const cluster of clusters) {
      await expect
        .poll(() => condition(cluster, 'life', 'Accepted'), eventually)
        .toMatchObject({ status: 'False', reason: 'UnknownStrategy' });
      await eventsTell(cluster, 'life', /^UnknownStrategy: /);
    }
    await change('k8gb.io/strategy=roundRobin');
    await answered(first, ...clusters);

    const second = `second.${zone}`;
    const renamed = JSON.stringify({ spec: { rules: [rule(second)] } });
    await inBoth((cluster) => kubectl(cluster, 'patch', 'ingress', 'life', '--type=merge', '-p', renamed));
    await answered(second, ...clusters);
    await answered(first);
    await inBoth((cluster) => kubectl(cluster, 'delete', 'ingress', 'life'));
    await answered(second);
    for (const cluster of clusters)
      await expect
        .poll(() => kubectl(cluster, 'get', 'gslbs.k8gb.io', '-o', 'name'), eventually)
        .not.toContain('/life');
  });

  test('addresses: the annotation counts before the status of the Ingress, and that before the nodes', async () => {
    const host = `exposed.${zone}`;
    const expose = (text: string) =>
      inBoth((cluster) => annotate(cluster, 'exposed', `k8gb.io/exposed-ip-addresses${text}`));
    const named = { 'k8gb.io/strategy': 'roundRobin' };
    await inBoth((cluster) => world.apply(cluster, ingress('exposed', named, { className: 'none' })));
    await answered(host, ...clusters);
    const published = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } });
    await inBoth((cluster) =>
      kubectl(
        cluster,
        'patch',
        'ingress',
        'exposed',
        '--subresource=status',
        '--type=merge',
        '-p',
        published,
      ),
    );
    await answeredWith(host, '198.51.100.7');
    await expose('=198.51.100.9, 198.51.100.8');
    await answeredWith(host, '198.51.100.8 198.51.100.9');
    for (const cluster of clusters)
      await expect
        .poll(() => status(cluster, 'exposed'), eventually)
        .toMatchObject({
          healthyRecords: { [host]: ['198.51.100.8', '198.51.100.9'] },
          loadBalancer: { exposedIps: ['198.51.100.8', '198.51.100.9'] },
        });
    await expose('=198.51.100.8,nonsense');
    await answeredWith(host, '198.51.100.8');
    await eventsTell('eu', 'exposed', /"nonsense" is not an IP address/);
    await expose('-');
    await answeredWith(host, '198.51.100.7');
    await inBoth((cluster) => kubectl(cluster, 'delete', 'ingress', 'exposed'));
  });

  test('weights: a cluster at a time, as often as its weight says', async () => {
    const host = `weighted.${zone}`;
    const object = {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { name: 'weighted', namespace },
      spec: {
        strategy: { type: 'roundRobin', weight: { eu: 70, us: 30 }, dnsTtlSeconds: 1 },
        ingress: { ingressClassName: 'nginx', rules: [rule(host)] },
      },
    };
    for (const cluster of clusters) await world.apply(cluster, object);
    const whole = { eu: addressesOf('eu').join(' '), us: addressesOf('us').join(' ') };
    // Both clusters take part once each was the whole answer.
    for (const cluster of clusters)
      await expect.poll(() => atSidecars('us', host), eventually).toBe(whole[cluster]);
    const [server] = nodes.eu as [string];
    const count = 400;
    // One dig asks all; each answer is headed by its own question.
    const text = await world.dig(
      server,
      '+noall',
      '+answer',
      '+question',
      ...Array.from({ length: count }, () => host),
    );
    const answers = text.split(/^;.*\n/m).filter((answer) => answer.trim() !== '');
    const drawn = answers.map((answer) =>
      [...answer.matchAll(/\sA\s+(\S+)/g)]
        .map(([, address]) => address)
        .sort()
        .join(' '),
    );
    const times = (cluster: Cluster) => drawn.filter((answer) => answer === whole[cluster]).length;
    expect(times('eu') + times('us')).toBe(count);
    const chiSquare = (times('eu') - 280) ** 2 / 280 + (times('us') - 120) ** 2 / 120;
    // One degree of freedom: a right server is beyond this once in 10,000 runs.
    expect(chiSquare).toBeLessThan(15.14);
    for (const cluster of clusters) await kubectl(cluster, 'delete', 'gslbs.k8gb.io', 'weighted');
  });

  test('a drained cluster gets no clients, and the last one is not drained', async () => {
    const host = `drained.${zone}`;
    const drain = (cluster: Cluster, reason?: string) => {
      const spec = { override: reason === undefined ? null : { state: 'Drained', reason } };
      const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
      return kubectl(cluster, 'patch', 'gslbclusters.interspan.dev', cluster, ...patch);
    };
    await inBoth((cluster) => world.apply(cluster, ingress('drained', { 'k8gb.io/strategy': 'roundRobin' })));
    await answered(host, ...clusters);
    await drain('eu', 'new kernel');
    await answered(host, 'us');
    await eventsTell('eu', 'drained', /^Drained: eu: drained by GslbCluster\S* eu: new kernel/);
    await drain('us', 'by mistake');
    await expect
      .poll(() => condition('us', 'drained', 'Degraded'), eventually)
      .toMatchObject({ status: 'True', reason: 'DrainIgnored' });
    await answered(host, 'us');
    await drain('us');
    await drain('eu');
    await answered(host, ...clusters);
    await eventsTell('eu', 'drained', /^DrainEnded: eu takes clients again/);
    await inBoth((cluster) => kubectl(cluster, 'delete', 'ingress', 'drained'));
  });
});
