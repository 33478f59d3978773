import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Cluster,
  clusters,
  eventually,
  gslbObject,
  gslbStage,
  ingress,
  namespace,
  rule,
  zone,
} from '#test/support/gslb-stage.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { geoipScenario } from './scenario-geoip.ts';
import { hostNamesScenario } from './scenario-host-names.ts';

/** k8gb's published scenarios on two real clusters: asked at BIND, at every sidecar, and read from the objects. */
describe('k8gb scenarios', { timeout: 300_000 }, () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await raiseWorld({ instance: 'k8gb', scenario: 'one-name' });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const stage = gslbStage(() => world);
  const { addressesOf, answered, answeredWith, atBind, atSidecars, condition, eventsTell, inBoth, kubectl } =
    stage;
  const { conditionTells, lineTells, pluginTells, gslb, status } = stage;
  const scale = (cluster: Cluster, replicas: number) =>
    kubectl(cluster, 'scale', 'deployment/podinfo', `--replicas=${replicas}`);
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
              // The columns of kubectl get.
              health: tags.length === 0 ? 'Unhealthy' : replicas[cluster] > 0 ? 'Healthy' : 'Degraded',
              targets: addressesOf(...tags).join(','),
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
      const text = await world.dig(addressesOf('eu')[0] as string, `failover.${zone}`);
      expect(text).toContain('status: NOERROR');
      const ofSplit = addressesOf(...split.eu).join(',');
      const health = split.eu.length === 0 ? 'Unhealthy' : replicas.eu > 0 ? 'Healthy' : 'Degraded';
      await lineTells(
        'eu',
        'gslbs.k8gb.io',
        'split',
        new RegExp(`^split failover eu ${health} ?${ofSplit}$`),
      );
      const now = failover[0] === 'us' ? ', now us' : '';
      const here = replicas.eu > 0 ? 'Healthy eu 2' : 'Unhealthy eu 0';
      const there = replicas.us > 0 ? 'us 2' : 'us 0';
      const host = `failover.${zone}`;
      await pluginTells('eu', host, new RegExp(`^${host} failover \\(eu.*${now}\\) ${here}, ${there} 1 `));
    });

    test('events alone tell what happened: who lost what, why, and where clients go now', async () => {
      const why = { eu: 'no ready endpoint', us: 'gives no address, its own Gslb says why' } as const;
      const texts = { eu: addressesOf('eu').join(', '), us: addressesOf('us').join(', ') };
      for (const cluster of clusters) {
        await eventsTell(
          cluster,
          'failover',
          new RegExp(
            `^FailedOver: eu→us: eu: ${why[cluster]}; \\S+ answers ${texts.us} \\(us\\); before: ${texts.eu}$`,
          ),
          new RegExp(`^FailedBack: us→eu: .*; \\S+ answers ${texts.eu} \\(eu\\); before: ${texts.us}$`),
          new RegExp(
            `^Unhealthy: failover\\S+ lacks a ready endpoint in ${cluster} \\(Services: podinfo/podinfo\\)`,
          ),
          new RegExp(`^Healthy: failover\\S+ has ready endpoints in ${cluster} `),
        );
        await eventsTell(
          cluster,
          'round-robin',
          new RegExp(
            `^TargetsChanged: \\S+ answers ${texts.us} \\(us\\); before: .*; left out: eu \\(${why[cluster]}\\)`,
          ),
          /^TargetsChanged: \S+ answers nothing; before: .*; left out: eu \(.+\), us \(.+\)/,
        );
      }
      await eventsTell(
        'eu',
        'split',
        /^FailedOver: eu→us: eu: no ready endpoint; \S+ answers .* \(us\)/,
        /^FailedBack: us→eu/,
      );
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
    const object = gslbObject('states', { type: 'roundRobin' }, ...rules);
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
      await lineTells(cluster, 'gslbs.k8gb.io', 'states', /^states roundRobin \w\w Unhealthy 172\./);
      await pluginTells(cluster, unhealthy, / roundRobin Unhealthy eu 0, us 0 1 /);
      await pluginTells(cluster, notFound, / roundRobin NotFound eu 0, us 0 1 /);
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
      .poll(() => world.dig(addressesOf('us')[0] as string, '+noall', '+answer', first), eventually)
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
      await eventsTell(
        cluster,
        'life',
        /^TargetsChanged: life\S+ answers .*; before: nothing/,
        /^TargetsChanged: life\S+ answers .* \(us\); before: .*; left out: eu \(.+\)/,
        /^UnknownStrategy: .*misspelt/,
      );
      await pluginTells(cluster, 'life', / Refused \(UnknownStrategy\) /);
    }
    await change('k8gb.io/strategy=roundRobin');
    await answered(first, ...clusters);
    for (const cluster of clusters)
      await eventsTell(cluster, 'life', /^Accepted: it is served now; before: .*misspelt/);

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
    await eventsTell(
      'eu',
      'exposed',
      /"nonsense" is not an IP address/,
      // Both clusters have the same addresses, and either may be seen first.
      /^TargetsChanged: exposed\S+ answers .*; (eu has|us gives) 198\.51\.100\.8, 198\.51\.100\.9 now/,
    );
    await conditionTells('eu', 'exposed', 'Accepted', /^True \w+: .*"nonsense" is not an IP address/);
    await lineTells('eu', 'gslbs.k8gb.io', 'exposed', /^exposed roundRobin eu Healthy 198\.51\.100\.8$/);
    await expose('-');
    await answeredWith(host, '198.51.100.7');
    await inBoth((cluster) => kubectl(cluster, 'delete', 'ingress', 'exposed'));
  });

  test('weights: a cluster at a time, as often as its weight says', async () => {
    const host = `weighted.${zone}`;
    const object = gslbObject('weighted', { type: 'roundRobin', weight: { eu: 70, us: 30 } });
    for (const cluster of clusters) await world.apply(cluster, object);
    const whole = { eu: addressesOf('eu').join(' '), us: addressesOf('us').join(' ') };
    // Both clusters take part once each was the whole answer.
    for (const cluster of clusters)
      await expect.poll(() => atSidecars('us', host), eventually).toBe(whole[cluster]);
    const [server] = addressesOf('eu') as [string];
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
    const all = addressesOf(...clusters).join(',');
    for (const cluster of clusters)
      await lineTells(
        cluster,
        'gslbs.k8gb.io',
        'weighted',
        new RegExp(`^weighted roundRobin \\w\\w Healthy ${all}$`),
      );
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
    try {
      await drain('eu', 'new kernel');
      await answered(host, 'us');
      await eventsTell(
        'eu',
        'drained',
        /^Drained: eu: drained by GslbCluster\S* eu: new kernel; \S+ answers .* \(us\)/,
      );
      await stage.clusterEventsTell('eu', 'eu', /^Drained: .*new kernel/);
      await lineTells('eu', 'gslbclusters', 'eu', /^eu Own \d+ Drained /);
      await pluginTells('eu', host, / roundRobin Healthy eu \d \(drained\), us 2 1 /);
      // Overrides do not travel: the other cluster sees that there is no address any more.
      await eventsTell(
        'us',
        'drained',
        /^TargetsChanged: .* \(us\); before: .*; left out: eu \(gives no address, its own Gslb says why\)/,
      );
      await drain('us', 'by mistake');
      await expect
        .poll(() => condition('us', 'drained', 'Degraded'), eventually)
        .toMatchObject({ status: 'True', reason: 'DrainIgnored' });
      await eventsTell(
        'us',
        'drained',
        /^DrainIgnored: drained\S+: all clusters that are alive are drained \(us\)/,
      );
      await lineTells('us', 'gslbs.k8gb.io', 'drained', /^drained roundRobin us Degraded 172\./);
      await answered(host, 'us');
    } finally {
      await inBoth((cluster) => drain(cluster));
    }
    await answered(host, ...clusters);
    await eventsTell('eu', 'drained', /^DrainEnded: eu takes clients again/);
    await inBoth((cluster) => kubectl(cluster, 'delete', 'ingress', 'drained'));
  });

  hostNamesScenario(() => world, stage);
  // Last: the sidecars are rolled out anew.
  geoipScenario(() => world, stage);
});
