import { expect, it } from 'vitest';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import { createPlanner, type PlannerInput } from './planner.ts';

const zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 10 };
const host = (name: string, parts: Partial<HostView> = {}): HostView => ({
  host: `${name}.cloud.example.com`,
  zone: zone.name,
  gslb: { group: 'k8gb.io', namespace: 'web', name },
  strategy: { type: 'roundRobin' },
  ttlSeconds: 30,
  health: 'Healthy',
  addresses: ['192.0.2.1'],
  services: [],
  ...parts,
});
const input = (...hosts: HostView[]): PlannerInput => {
  const view: ClusterView = {
    geoTag: 'eu',
    zones: [zone],
    gslbs: new Map(),
    hosts: new Map(hosts.map((one) => [one.host, one])),
    dnsAddresses: [],
  };
  return {
    view,
    peers: [],
    delegations: new Map(),
    ownNameServer: () => 'gslb-ns-eu-cloud.example.com',
    serial: 7,
  };
};

it('patches only the names whose answers changed', () => {
  const planner = createPlanner();
  planner.plan(['a.cloud.example.com', 'b.cloud.example.com'], input(host('a'), host('b')));
  const unhealthy = input(host('a'), host('b', { health: 'Unhealthy' }));
  const { patch, decisions } = planner.plan(['a.cloud.example.com', 'b.cloud.example.com'], unhealthy);
  expect(patch.names.map(({ name }) => name)).toEqual([
    'b.cloud.example.com',
    'localtargets-b.cloud.example.com',
  ]);
  expect([...decisions.keys()]).toEqual(['b.cloud.example.com']);
});

it('says nothing when nothing changed', () => {
  const planner = createPlanner();
  planner.plan(['a.cloud.example.com'], input(host('a')));
  const { patch } = planner.plan(['a.cloud.example.com'], input(host('a')));
  expect(patch).toEqual({ names: [], removed: [] });
});

it('removes both names of a host that is gone', () => {
  const planner = createPlanner();
  planner.plan(['a.cloud.example.com'], input(host('a')));
  const { patch, decisions } = planner.plan(['a.cloud.example.com'], input());
  expect(patch.removed).toEqual(['a.cloud.example.com', 'localtargets-a.cloud.example.com']);
  expect(decisions.get('a.cloud.example.com')).toBeUndefined();
});

it('serves the name servers of the delegation, and its own always', () => {
  const members = [{ nsName: 'gslb-ns-us-cloud.example.com', geoTag: 'us', addresses: ['198.51.100.1'] }];
  const delegations = new Map([[zone.name, { zone: zone.name, members }]]);
  const { patch } = createPlanner().plan([], { ...input(), delegations });
  expect(patch.zones).toEqual([
    {
      name: zone.name,
      nameServers: ['gslb-ns-eu-cloud.example.com', 'gslb-ns-us-cloud.example.com'],
      nsTtlSeconds: 30,
      negativeTtlSeconds: 10,
      serial: 7,
    },
  ]);
});
