import { describe, expect, test } from 'vitest';
import { controlPlaneNode, instanceNameProblem, machinesOf, namespacePrefix, planWorld } from './plan.ts';

describe('planWorld', () => {
  test('is the world of the tutorial in subnet 0', () => {
    const world = planWorld('default', 0);
    expect(machinesOf(world).map(({ name, address }) => [name, address])).toEqual([
      ['edge', '172.19.0.2'],
      ['gslb-eu-1', '172.19.0.3'],
      ['gslb-eu-2', '172.19.0.4'],
      ['gslb-us-1', '172.19.0.5'],
      ['gslb-us-2', '172.19.0.6'],
    ]);
    expect(world.clusters.map((cluster) => controlPlaneNode(cluster).name)).toEqual([
      'gslb-eu-1',
      'gslb-us-1',
    ]);
  });

  test('shares no address and no namespace with another instance', () => {
    const mine = machinesOf(planWorld('default', 0));
    const other = machinesOf(planWorld('e2e', 7));
    const names = [...mine, ...other].flatMap(({ address, namespace }) => [address, namespace]);
    expect(new Set(names).size).toBe(names.length);
    expect(other[0]?.address).toBe('172.19.7.2');
  });

  test('never names a namespace so that it could belong to an instance with a longer name', () => {
    const longer = machinesOf(planWorld('e2e-gslb', 8));
    expect(longer.filter(({ namespace }) => namespace.startsWith(namespacePrefix('e2e')))).toEqual([]);
  });

  test('gives the clusters the same pod addresses and the nodes of one cluster different ones', () => {
    const cidrs = planWorld('default', 0).clusters.map(({ nodes }) => nodes.map((node) => node.podCidr));
    expect(cidrs).toEqual([
      ['10.40.1.0/24', '10.40.2.0/24'],
      ['10.40.1.0/24', '10.40.2.0/24'],
    ]);
  });
});

describe('instanceNameProblem', () => {
  test.each(['default', 'e2e', 'a', 'my-world-2', 'a'.repeat(24)])('takes %s', (name) => {
    expect(instanceNameProblem(name)).toBeUndefined();
  });
  test.each(['', '..', 'a/b', 'A', '2e2', '-a', 'a-', 'a b', 'a'.repeat(25), '.subnets', 'e2e\n'])(
    'refuses %j',
    (name) => {
      expect(instanceNameProblem(name)).toContain('is no name for an instance');
    },
  );
});
