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
    clusters: new Map(),
    dnsAddresses: [],
  };
  return {
    view,
    peers: [],
    delegations: new Map(),
    ownNameServer: () => 'gslb-ns-eu-cloud.example.com',
    places: undefined,
    nowMs: 7_000,
  };
};
const onlyA = new Set(['a.cloud.example.com']);
const both = new Set(['a.cloud.example.com', 'b.cloud.example.com']);

it('patches only the names whose answers changed', () => {
  const planner = createPlanner();
  planner.plan(both, input(host('a'), host('b')));
  const unhealthy = input(host('a'), host('b', { health: 'Unhealthy' }));
  const { patch, decisions } = planner.plan(both, unhealthy);
  expect(patch.names.map(({ name }) => name)).toEqual([
    'b.cloud.example.com',
    'localtargets-b.cloud.example.com',
  ]);
  expect([...decisions.keys()]).toEqual(['b.cloud.example.com']);
});

it('says nothing when nothing changed', () => {
  const planner = createPlanner();
  planner.plan(onlyA, input(host('a')));
  const { patch } = planner.plan(onlyA, input(host('a')));
  expect(patch).toEqual({ names: [], removed: [] });
});

it('removes both names of a host that is gone', () => {
  const planner = createPlanner();
  planner.plan(onlyA, input(host('a')));
  const { patch, decisions } = planner.plan(onlyA, input());
  expect(patch.removed).toEqual(['a.cloud.example.com', 'localtargets-a.cloud.example.com']);
  expect(decisions.get('a.cloud.example.com')).toBeUndefined();
});

it('serves the name servers of the delegation, and its own always', () => {
  const members = [{ nsName: 'gslb-ns-us-cloud.example.com', geoTag: 'us', addresses: ['198.51.100.1'] }];
  const delegations = new Map([[zone.name, { zone: zone.name, members }]]);
  const { patch } = createPlanner().plan(new Set(), { ...input(), delegations });
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

it('plans hosts again that nobody touched when their zone changes', () => {
  const planner = createPlanner();
  planner.plan(both, input(host('a'), host('b', { ttlSeconds: 5 })));
  const before = input(host('a'), host('b', { ttlSeconds: 5 }));
  const view = { ...before.view, zones: [{ ...zone, negativeTtlSeconds: 20 }] };
  const { patch } = planner.plan(new Set(), { ...before, view });
  expect(patch.names.map(({ name, negativeTtlSeconds }) => `${name} ${negativeTtlSeconds}`)).toEqual([
    'a.cloud.example.com 20',
    'localtargets-a.cloud.example.com 20',
  ]);
});

it('serves nothing in a zone that is gone', () => {
  const planner = createPlanner();
  planner.plan(onlyA, input(host('a')));
  const without = input(host('a'));
  const { patch } = planner.plan(new Set(), { ...without, view: { ...without.view, zones: [] } });
  expect(patch).toEqual({
    zones: [],
    names: [],
    removed: ['a.cloud.example.com', 'localtargets-a.cloud.example.com'],
  });
});

it('gives every change a serial of its own, never one that is lower', () => {
  const planner = createPlanner();
  const serial = (...hosts: HostView[]) => planner.plan(onlyA, input(...hosts)).patch.zones?.[0]?.serial;
  expect([serial(host('a')), serial(host('a')), serial(), serial(host('a'))]).toEqual([7, undefined, 8, 9]);
});
