import { describe, expect, it } from 'vitest';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { NameAnswers } from '#sidecar/model/answers.ts';
import type { HostView, ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { PeerState, PeerView } from '#sidecar/model/peer-view.ts';
import type { Strategy } from '#sidecar/model/strategy.ts';
import { decideHost as decideInFull } from './decide-host.ts';
import type { HostInput } from './host-input.ts';

const zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 10 };
const name = 'app.cloud.example.com';
const roundRobin: Strategy = { type: 'roundRobin' };
const failover = (primaryGeoTag: string): Strategy => ({ type: 'failover', primaryGeoTag });

const decideHost = (input: Pick<HostInput, 'host' | 'zone' | 'geoTag' | 'peers'>) =>
  decideInFull({ ...input, clusters: new Map(), places: undefined, before: {}, nowMs: 0 }).decision;

/** This cluster is eu with 192.0.2.1; peers are written `us:answering:198.51.100.1`. */
function decide(strategy: Strategy, health: ServiceHealth, ...peers: string[]) {
  const host: HostView = {
    host: name,
    zone: zone.name,
    gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
    strategy,
    ttlSeconds: 30,
    health,
    addresses: ['192.0.2.1'],
    services: [],
  };
  const views = peers.map((text): PeerView => {
    const [geoTag = '', state, address = ''] = text.split(':');
    return { geoTag, state: state as PeerState, hosts: new Map(address ? [[name, [address]]] : []) };
  });
  return decideHost({ host, zone, geoTag: 'eu', peers: views });
}

describe('what a host answers', () => {
  it.each([
    [
      'roundRobin: the union of the healthy clusters',
      roundRobin,
      'Healthy',
      ['us:answering:198.51.100.1'],
      '192.0.2.1 198.51.100.1',
      'eu us',
    ],
    [
      'roundRobin: without this cluster when it is unhealthy',
      roundRobin,
      'Unhealthy',
      ['us:answering:198.51.100.1'],
      '198.51.100.1',
      'us',
    ],
    [
      'roundRobin: without this cluster when its Service is missing',
      roundRobin,
      'NotFound',
      ['us:answering:198.51.100.1'],
      '198.51.100.1',
      'us',
    ],
    [
      'roundRobin: without a peer that has no healthy address',
      roundRobin,
      'Healthy',
      ['us:answering:'],
      '192.0.2.1',
      'eu',
    ],
    [
      'roundRobin: a refusing peer is alive, so its last word counts',
      roundRobin,
      'Healthy',
      ['us:refusing:198.51.100.1'],
      '192.0.2.1 198.51.100.1',
      'eu us',
    ],
    [
      'roundRobin: a silent peer is left out',
      roundRobin,
      'Healthy',
      ['us:silent:198.51.100.1'],
      '192.0.2.1',
      'eu',
    ],
    [
      'roundRobin: a peer not heard yet is left out',
      roundRobin,
      'Healthy',
      ['us:unknown:198.51.100.1'],
      '192.0.2.1',
      'eu',
    ],
    ['roundRobin: nothing healthy answers nothing', roundRobin, 'Unhealthy', ['us:answering:'], '', ''],
    [
      'failover: the primary alone while it is healthy',
      failover('eu'),
      'Healthy',
      ['us:answering:198.51.100.1'],
      '192.0.2.1',
      'eu',
    ],
    [
      'failover: the secondary alone when the primary is unhealthy',
      failover('eu'),
      'Unhealthy',
      ['us:answering:198.51.100.1'],
      '198.51.100.1',
      'us',
    ],
    [
      'failover: a healthy primary elsewhere, not this cluster',
      failover('us'),
      'Healthy',
      ['us:answering:198.51.100.1'],
      '198.51.100.1',
      'us',
    ],
    [
      'failover: this cluster when the primary is silent',
      failover('us'),
      'Healthy',
      ['us:silent:198.51.100.1'],
      '192.0.2.1',
      'eu',
    ],
    [
      'failover: of several secondaries the first by geotag, alone',
      failover('us'),
      'Unhealthy',
      ['za:answering:203.0.113.1', 'ap:answering:203.0.113.2', 'us:answering:'],
      '203.0.113.2',
      'ap',
    ],
    [
      'failover: a primary that nobody is called leaves the order of the geotags',
      failover('uk'),
      'Healthy',
      ['ap:answering:203.0.113.2'],
      '203.0.113.2',
      'ap',
    ],
    ['failover: nothing healthy answers nothing', failover('eu'), 'Unhealthy', ['us:answering:'], '', ''],
  ] as const)('%s', (_title, strategy, health, peers, records, geoTags) => {
    const decision = decide(strategy, health, ...peers);
    expect(decision.healthyRecords.join(' ')).toBe(records);
    expect(decision.answeringGeoTags.join(' ')).toBe(geoTags);
    expect(addressesOf((decision.answers[0] as NameAnswers).a).join(' ')).toBe(records);
  });

  it('shows other clusters its own healthy addresses, whatever the host itself answers', () => {
    const [, own] = decide(failover('us'), 'Healthy', 'us:answering:198.51.100.1').answers;
    expect(own).toMatchObject({ name: `localtargets-${name}`, a: { addresses: ['192.0.2.1'] } });
    expect(decide(roundRobin, 'Unhealthy').answers[1]?.a).toEqual({ kind: 'fixed', addresses: [] });
  });

  it('puts IPv6 addresses into AAAA', () => {
    const [answer] = decide(roundRobin, 'Healthy', 'us:answering:2001').answers;
    expect(answer).toMatchObject({ a: { addresses: ['192.0.2.1'] }, aaaa: { addresses: ['2001'] } });
  });

  it('rotates several addresses, and bounds the negative TTL by the zone', () => {
    const [answer] = decide(roundRobin, 'Healthy', 'us:answering:198.51.100.1').answers;
    expect(answer).toMatchObject({ a: { kind: 'rotate' }, ttlSeconds: 30, negativeTtlSeconds: 10 });
  });

  it('says what each filter removed, and why', () => {
    expect(
      decide(failover('eu'), 'Healthy', 'us:answering:198.51.100.1', 'za:silent:203.0.113.1').steps.filter(
        ({ removed }) => removed.length > 0,
      ),
    ).toEqual([
      { filter: 'alive', removed: [{ geoTag: 'za', why: 'silent' }] },
      { filter: 'strategy', removed: [{ geoTag: 'us', why: 'eu ranks first' }] },
    ]);
  });

  it('tells other clusters of a wildcard by a name of its own', () => {
    const host: HostView = {
      host: '*.cloud.example.com',
      zone: zone.name,
      gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
      strategy: roundRobin,
      ttlSeconds: 30,
      health: 'Healthy',
      addresses: ['192.0.2.1'],
      services: [],
    };
    const us: PeerView = {
      geoTag: 'us',
      state: 'answering',
      hosts: new Map([[host.host, ['198.51.100.1']]]),
    };
    const decision = decideHost({ host, zone, geoTag: 'eu', peers: [us] });
    expect(decision.answers.map(({ name: owner, a }) => `${owner} ${addressesOf(a)}`)).toEqual([
      '*.cloud.example.com 192.0.2.1,198.51.100.1',
      'localtargets-*.cloud.example.com 192.0.2.1',
    ]);
  });
});

describe('a cluster whose endpoints all run in a peered cluster', () => {
  const decideRemote = (strategy: Strategy, ...peers: string[]) => {
    const local = decide(strategy, 'Healthy', ...peers);
    const host: HostView = {
      host: name,
      zone: zone.name,
      gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
      strategy,
      ttlSeconds: 30,
      health: 'Healthy',
      remoteOnly: true,
      addresses: ['192.0.2.1'],
      services: [],
    };
    const peerViews = peers.map((text): PeerView => {
      const [geoTag = '', state, address = ''] = text.split(':');
      return { geoTag, state: state as PeerState, hosts: new Map(address ? [[name, [address]]] : []) };
    });
    return { local, remote: decideHost({ host, zone, geoTag: 'eu', peers: peerViews }) };
  };

  it('leaves the answer to those that serve by themselves, and says why', () => {
    const { local, remote } = decideRemote(roundRobin, 'us:answering:198.51.100.1');
    expect(local.healthyRecords).toEqual(['192.0.2.1', '198.51.100.1']);
    expect(remote.healthyRecords).toEqual(['198.51.100.1']);
    expect(remote.steps.find(({ filter }) => filter === 'remote')?.removed).toEqual([
      { geoTag: 'eu', why: 'its endpoints run in a peered cluster' },
    ]);
  });

  it('ranks behind them for failover too, even as primary', () => {
    expect(decideRemote(failover('eu'), 'us:answering:198.51.100.1').remote.answeringGeoTags).toEqual(['us']);
  });

  it('answers while nobody else does', () => {
    expect(decideRemote(roundRobin, 'us:silent:198.51.100.1').remote.healthyRecords).toEqual(['192.0.2.1']);
    expect(decideRemote(roundRobin).remote.healthyRecords).toEqual(['192.0.2.1']);
  });

  it('offers its peers no address', () => {
    const [, targets] = decideRemote(roundRobin, 'us:answering:198.51.100.1').remote.answers;
    expect(targets).toMatchObject({ name: `localtargets-${name}`, a: { addresses: [] } });
  });
});
