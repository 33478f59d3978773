import { describe, expect, it } from 'vitest';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import type { Override } from '#sidecar/model/override.ts';
import type { PeerRecord, PeerView } from '#sidecar/model/peer-view.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import type { HostPolicy } from '#sidecar/model/policy.ts';
import { createPlanner, type Planner, type PlannerInput } from './planner.ts';

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
const policy: HostPolicy = {
  reference: { namespace: 'web', name: 'policy' },
  order: [],
  failback: { mode: 'auto' },
  nets: [],
  fence: [],
  whenAllDown: { mode: 'noData' },
  overrides: new Map(),
  minClustersOn: 0,
  waitSeconds: 0,
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

describe('what a change reaches', () => {
  const roundRobin = host('round');
  const geoip = host('geo', { strategy: { type: 'geoip' } });
  const own = host('own');
  const all = [roundRobin, geoip, own];
  const tags = (...hosts: HostView[]) => new Map(hosts.map((one) => [one.host, ['198.51.100.1']]));
  const us: PeerView = { geoTag: 'us', state: 'answering', hosts: tags(roundRobin, geoip) };
  const base: PlannerInput = { ...input(...all), peers: [us] };
  const drain: Override = {
    state: 'drained',
    sinceMs: 0,
    untilMs: 60_000,
    reason: '',
    breakGlass: false,
    origin: 'GslbCluster us',
  };
  const withClusters = (clusters: ClusterView['clusters']): PlannerInput => ({
    ...base,
    view: { ...base.view, clusters },
  });
  const planned = () => {
    const planner = createPlanner();
    planner.plan(base.view.hosts.keys(), base);
    return planner;
  };
  const changed = (planner: Planner, now: PlannerInput, hosts: readonly string[] = []) =>
    [...planner.plan(hosts, now).decisions.keys()].map((name) => name.split('.')[0]);

  it('a drain reaches the hosts that the cluster has, and time ends it', () => {
    const planner = planned();
    const drained = withClusters(new Map([['us', { override: drain }]]));
    expect(changed(planner, drained)).toEqual(['round', 'geo']);
    expect(planner.nextReconsiderMs()).toBe(60_000);
    expect(planner.reconsider(59_999)).toEqual([]);
    const due = planner.reconsider(60_000);
    expect(due.toSorted()).toEqual([geoip.host, roundRobin.host]);
    expect(changed(planner, { ...drained, nowMs: 60_000 }, due)).toEqual(
      due.map((name) => name.split('.')[0]),
    );
    expect(planner.decision(roundRobin.host)?.answeringGeoTags).toEqual(['eu', 'us']);
    expect(planner.nextReconsiderMs()).toBeUndefined();
  });

  it('a peer’s word about itself reaches its hosts', () => {
    expect(changed(planned(), { ...base, peers: [{ ...us, override: drain }] })).toEqual(['round', 'geo']);
  });

  it('a drain of this cluster reaches all its hosts', () => {
    const planner = planned();
    expect(changed(planner, withClusters(new Map([['eu', { override: drain }]])))).toEqual([
      'round',
      'geo',
      'own',
    ]);
  });

  it('a place and a place database reach geoip hosts', () => {
    const planner = planned();
    const places: PlaceDatabase = { revision: 1, places: [{ country: 'US' }], placeOf: () => undefined };
    expect(changed(planner, { ...base, places })).toEqual(['geo']);
    const clusters = new Map([['us', { place: { country: 'US' } }]]);
    expect(changed(planner, { ...withClusters(clusters), places })).toEqual(['geo']);
  });

  it('the same said again reaches nobody', () => {
    const planner = planned();
    const notes = () => withClusters(new Map([['us', { override: { ...drain } }]]));
    planner.plan([], notes());
    expect(changed(planner, notes())).toEqual([]);
  });
});

describe('what a planner knows of before', () => {
  const failover = host('a', {
    strategy: { type: 'failover', primaryGeoTag: 'eu' },
    policy: { ...policy, failback: { mode: 'manual' } },
  });
  const us: PeerView = {
    geoTag: 'us',
    state: 'answering',
    hosts: new Map([[failover.host, ['198.51.100.1']]]),
  };
  const active = { geoTag: 'us', epoch: 4, sinceMs: 0, reason: 'eu: silent' };

  it('the active cluster outlives a restart', () => {
    const planner = createPlanner();
    planner.remember(failover.host, { active });
    planner.plan(onlyA, { ...input(failover), peers: [us] });
    expect(planner.decision(failover.host)).toMatchObject({ active, answeringGeoTags: ['us'] });
  });

  it('what it decided itself counts more than an older word', () => {
    const planner = createPlanner();
    planner.plan(onlyA, { ...input(failover), peers: [us] });
    planner.remember(failover.host, { active });
    planner.plan(onlyA, { ...input(failover), peers: [us] });
    expect(planner.decision(failover.host)?.active).toMatchObject({ geoTag: 'eu', epoch: 1 });
  });
});

it('answers a host that only a peer has, and takes back what was its own', () => {
  const own = host('a');
  const record: PeerRecord = {
    namespace: 'web',
    name: 'a',
    zone: zone.name,
    createdAtMs: 0,
    strategy: { type: 'roundRobin' },
    ttlSeconds: 30,
  };
  const us: PeerView = {
    geoTag: 'us',
    state: 'answering',
    hosts: new Map([[own.host, ['198.51.100.1']]]),
    records: new Map([[own.host, record]]),
  };
  const planner = createPlanner();
  planner.plan(onlyA, { ...input(own), peers: [us] });
  const { patch } = planner.plan(onlyA, { ...input(), peers: [us] });
  expect(patch.names.map(({ name }) => name)).toEqual([own.host]);
  expect(patch.removed).toEqual([`localtargets-${own.host}`]);
  expect(planner.decision(own.host)?.answeringGeoTags).toEqual(['us']);
  expect(planner.explain(own.host, { ...input(), peers: [us] })?.a).toMatchObject({
    addresses: ['198.51.100.1'],
  });
  expect(planner.explain('b.cloud.example.com', input())).toBeUndefined();
});

it('plans geoip hosts again when it changes why no place database is loaded, and says why', () => {
  const planner = createPlanner();
  const geoip = host('a', { strategy: { type: 'geoip' } });
  const of = (whyNoPlaces: string | undefined) => ({ ...input(geoip, host('b')), whyNoPlaces });
  planner.plan(both, of('It is still being read.'));
  const { decisions } = planner.plan([], of('There is no such file.'));
  expect([...decisions.keys()]).toEqual(['a.cloud.example.com']);
  expect(planner.decision('a.cloud.example.com')?.remarks).toEqual([
    {
      reason: 'PlaceDatabaseMissing',
      message:
        'a.cloud.example.com: geoip answers like roundRobin. There is no such file. Networks in a GslbPolicy need none',
    },
  ]);
  expect(planner.plan([], of('There is no such file.')).decisions.size).toBe(0);
});

it('tells which hosts a drain reaches that are too many for one go, and plans them when they are named', () => {
  const hosts = Array.from({ length: 200 }, (_, index) => host(`app-${index}`));
  const names = hosts.map((one) => one.host);
  const planner = createPlanner();
  planner.plan(names, input(...hosts));
  const override: Override = {
    state: 'drained',
    untilMs: Number.POSITIVE_INFINITY,
    sinceMs: 0,
    reason: '',
    breakGlass: false,
    origin: 'GslbCluster eu',
  };
  const drained = input(...hosts);
  const view = { ...drained.view, clusters: new Map([['eu', { override }]]) };
  const first = planner.plan(names.slice(0, 1), { ...drained, view });
  expect(first.others.size).toBe(199);
  const second = planner.plan(first.others, { ...drained, view });
  expect(second.others.size).toBe(0);
  expect([...first.decisions.keys(), ...second.decisions.keys()].sort()).toEqual(names.toSorted());
});
