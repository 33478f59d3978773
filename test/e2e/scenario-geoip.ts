import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeMmdb } from '#core/mmdb/write-mmdb.fixture.ts';
import {
  clusters,
  eventually,
  type GslbStage,
  gslbObject,
  namespace,
  zone,
} from '#test/support/gslb-stage.ts';
import { startUnbound } from '#test/support/unbound.ts';
import type { TestWorld, WorldClient } from '#test/support/world.ts';
import { must, run } from '#tools/playground/world/command.ts';

const host = `near.${zone}`;
/** Two networks of clients, on the wire beside the world's own. */
const networks = { first: '198.51.100', second: '203.0.113' } as const;
type Network = keyof typeof networks;
const ttlSeconds = 8;
const database = { folder: 'gslb-places', file: 'places.mmdb' };

/**
 * Clients of two networks ask a resolver that caches, sends their networks on (RFC 7871), and finds the clusters by
 * the delegation at BIND. The sidecars are told to trust it, and of a database, as a person does that.
 */
export function geoipScenario(world: () => TestWorld, stage: GslbStage): void {
  const { addressesOf, kubectl, inBoth } = stage;
  describe('geoip, behind a resolver with client subnets', () => {
    const stack = new AsyncDisposableStack();
    const asking = {} as Record<Network | 'resolver', WorldClient>;
    beforeAll(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'interspan-geoip-'));
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      for (const name of ['resolver', 'first', 'second'] as const)
        asking[name] = stack.use(await world().client());
      const add = ({ enter }: WorldClient, address: string) =>
        must([...enter, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0']);
      for (const [name, network] of Object.entries(networks)) {
        await add(asking.resolver, `${network}.1`);
        await add(asking[name as Network], `${network}.5`);
      }
      const clients = Object.values(networks).map((network) => `${network}.0/24`);
      const unbound = await startUnbound({
        folder,
        enter: asking.resolver.enter,
        listen: [asking.resolver.address, ...Object.values(networks).map((network) => `${network}.1`)],
        port: 53,
        sendClientSubnetTo: [...new Set(addressesOf(...clusters))],
        clients: [...clients, `${asking.first.address}/32`],
        stub: { zone: 'example.com', servers: [world().plan.edge.address] },
      });
      stack.use(unbound);
      await inBoth(async (cluster) => {
        await kubectl(cluster, 'patch', ...sidecars, '--type=json', '-p', flags(asking.resolver.address));
        await kubectl(cluster, 'rollout', 'status', ...sidecars, '--timeout=240s');
        await world().apply(cluster, gslbObject('near', { type: 'geoip', dnsTtlSeconds: ttlSeconds }));
      });
    });
    afterAll(() => stack.disposeAsync());

    /** What a client of this network gets of the resolver. */
    const dig = async (who: Network | 'elsewhere', ...words: readonly string[]): Promise<string> => {
      // A client has an address in the world's own network too, which is neither of the two.
      const server = who === 'elsewhere' ? asking.resolver.address : `${networks[who]}.1`;
      const { stdout } = await run([
        ...asking[who === 'elsewhere' ? 'first' : who].enter,
        ...['dig', `@${server}`, '+time=2', '+tries=3', ...words, host],
      ]);
      return stdout;
    };
    const gets = async (who: Network | 'elsewhere'): Promise<string> =>
      (await dig(who, '+short')).trim().split('\n').sort().join(' ');
    const ttlOf = async (who: Network): Promise<number> =>
      Number(/\s(\d+)\s+IN\s+A\s/.exec(await dig(who))?.[1] ?? Number.NaN);
    const both = () => addressesOf(...clusters).join(' ');
    /** What every sidecar tells the resolver for a network: one text while all of them agree. */
    const atSidecars = async (who: Network): Promise<string> => {
      const answers = await Promise.all(
        addressesOf(...clusters).map(async (server) => {
          const words = [
            `@${server}`,
            `+subnet=${networks[who]}.0/24`,
            '+time=2',
            '+tries=3',
            '+short',
            host,
          ];
          const { stdout } = await run([...asking.resolver.enter, 'dig', ...words]);
          return stdout.trim().split('\n').sort().join(' ');
        }),
      );
      return [...new Set(answers)].join(' / ');
    };
    /** Each network gets its own cluster, from the cache too, and those who are in neither get all. */
    const eachItsOwn = async (first: string, second: string): Promise<void> => {
      const wanted = { first, second };
      // The resolver asks any of them, and keeps what one said that is late.
      for (const who of ['first', 'second'] as const)
        await expect.poll(() => atSidecars(who), eventually).toBe(wanted[who]);
      await expect.poll(() => gets('first'), eventually).toBe(first);
      await expect.poll(() => gets('second'), eventually).toBe(second);
      for (const who of ['first', 'second', 'second', 'first'] as const)
        expect(await gets(who)).toBe(wanted[who]);
      // An answer that has grown older is one from the cache.
      for (const who of ['first', 'second'] as const)
        await expect.poll(() => ttlOf(who), eventually).toBeLessThan(ttlSeconds);
      await expect.poll(() => gets('elsewhere'), eventually).toBe(both());
      for (const who of ['first', 'second'] as const) expect(await gets(who)).toBe(wanted[who]);
    };

    test('without a database and networks it answers like round robin, and says so', async () => {
      for (const who of ['first', 'second'] as const)
        await expect.poll(() => gets(who), eventually).toBe(both());
      for (const cluster of clusters) {
        const says = /^True PlaceDatabaseMissing: near\.cloud\.example\.com: /;
        await stage.conditionTells(cluster, 'near', 'Degraded', says);
        await stage.eventsTell(cluster, 'near', /^PlaceDatabaseMissing: near\.cloud\.example\.com: /);
        await stage.lineTells(cluster, 'gslbs.k8gb.io', 'near', /^near geoip \w\w Degraded 172\./);
      }
    });

    test('by networks of a policy: each network gets its cluster, and never what is cached for the other', async () => {
      const policy = {
        apiVersion: 'interspan.dev/v1alpha1',
        kind: 'GslbPolicy',
        metadata: { name: 'near', namespace },
        spec: {
          targetRefs: [{ group: 'k8gb.io', kind: 'Gslb', name: 'near' }],
          nets: [
            { prefix: `${networks.first}.0/24`, geoTag: 'eu' },
            { prefix: `${networks.second}.0/24`, geoTag: 'us' },
          ],
        },
      };
      try {
        await inBoth((cluster) => world().apply(cluster, policy));
        for (const cluster of clusters)
          await stage.conditionTells(cluster, 'near', 'Degraded', /^False AsWanted: /);
        await eachItsOwn(addressesOf('eu').join(' '), addressesOf('us').join(' '));
      } finally {
        await inBoth((cluster) => kubectl(cluster, 'delete', 'gslbpolicies', 'near'));
      }
    });

    test('by a database that is put into place: each network gets the cluster of its country', async () => {
      // The other way round than the policy had it.
      await putDatabase(world(), [
        [`${networks.first}.0/24`, { country: { iso_code: 'US' } }],
        [`${networks.second}.0/24`, { country: { iso_code: 'DE' } }],
      ]);
      const countries = { eu: 'DE', us: 'US' } as const;
      await inBoth(async (cluster) => {
        for (const member of clusters) {
          const patch = JSON.stringify({ spec: { location: { country: countries[member] } } });
          await kubectl(cluster, 'patch', 'gslbclusters', member, '--type=merge', '-p', patch);
        }
      });
      await eachItsOwn(addressesOf('us').join(' '), addressesOf('eu').join(' '));
      for (const cluster of clusters) {
        await stage.conditionTells(cluster, 'near', 'Degraded', /^False AsWanted: /);
        await stage.lineTells(cluster, 'gslbs.k8gb.io', 'near', /^near geoip \w\w Healthy 172\./);
      }
    });
  });
}

const sidecars = ['daemonset/gslb-sidecar', '--namespace=gslb-system'] as const;

/** JSON patch of the DaemonSet: a folder of each node with the database, and a resolver that is trusted. */
function flags(resolver: string): string {
  const container = '/spec/template/spec/containers/0';
  const mountPath = `/etc/${database.folder}`;
  const hostPath = { path: `/var/lib/${database.folder}`, type: 'DirectoryOrCreate' };
  const added: Readonly<Record<string, unknown>>[] = [
    { path: `${container}/args/-`, value: `--ecs-trust=${resolver}/32` },
    { path: `${container}/args/-`, value: `--geoip-db=${mountPath}/${database.file}` },
    { path: `${container}/volumeMounts/-`, value: { name: 'places', mountPath, readOnly: true } },
    { path: '/spec/template/spec/volumes/-', value: { name: 'places', hostPath } },
  ];
  return JSON.stringify(added.map((operation) => ({ op: 'add', ...operation })));
}

/** On each node of every cluster, whole at once. */
async function putDatabase(
  world: TestWorld,
  networksOf: Parameters<typeof writeMmdb>[0]['networks'],
): Promise<void> {
  for (const { name } of world.plan.clusters.flatMap(({ nodes }) => nodes)) {
    const folder = join(world.varLibOf(name), database.folder);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'new'), writeMmdb({ networks: networksOf }));
    await rename(join(folder, 'new'), join(folder, database.file));
  }
}
