import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';

const host = 'liqo.cloud.example.com';

describe("k8gb's legacy group (--legacy-api --ingress-gslb-group k8gb.absa.oss)", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await raiseWorld({ instance: 'e2e-legacy', scenario: 'legacy-api' });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test('kubectl get gslbs.k8gb.absa.oss shows what the tutorial prints, in both clusters', async () => {
    const addresses = world.plan.clusters.flatMap(({ nodes }) => nodes.map(({ address }) => address));
    for (const geoTag of ['eu', 'us'] as const) {
      const get = ['get', 'gslbs.k8gb.absa.oss', '-n', 'podinfo'] as const;
      const read = () => world.kubectlJson<Gslb>(geoTag, ...get, 'podinfo');
      await expect
        .poll(async () => (await read()).status?.healthyRecords, { timeout: 30_000 })
        .toEqual({ [host]: addresses });
      const { metadata, spec, status } = await read();
      expect(metadata.ownerReferences).toMatchObject([
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'podinfo' },
      ]);
      expect(spec?.strategy).toEqual({ dnsTtlSeconds: 30, type: 'roundRobin' });
      expect(status).toMatchObject({ geoTag, serviceHealth: { [host]: 'Healthy' } });
      const table = (await world.kubectl(geoTag, ...get)).trim().split('\n');
      expect(table.map((line) => line.split(/\s+/))).toEqual([
        ['NAME', 'STRATEGY', 'GEOTAG', 'HEALTH', 'TARGETS'],
        ['podinfo', 'roundRobin', geoTag, 'Healthy', addresses.join(',')],
      ]);
    }
  });

  test('the new group stays empty: one Ingress is one Gslb', async () => {
    expect(await world.kubectl('eu', 'get', 'gslbs.k8gb.io', '-A', '-o', 'name')).toBe('');
  });
});
