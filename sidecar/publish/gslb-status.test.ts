import { describe, expect, it } from 'vitest';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import { neverPassedText, probeNeverPassed } from '#sidecar/model/probe-remark.ts';
import { decisionOf, gslbView, hostView } from './gslb.fixture.ts';
import { type GslbStatus, gslbStatus } from './gslb-status.ts';

const now = '2026-01-01T00:00:10Z';
const records: Record<string, string[]> = {
  'a.example.com': ['192.0.2.1', '198.51.100.1'],
  'b.example.com': [],
};
const statusOf = (view: GslbView, previous?: GslbStatus, probesUndecided = false): GslbStatus =>
  gslbStatus({
    geoTag: 'eu',
    view,
    decision: (host) => (host in records ? decisionOf(host, records[host] ?? []) : undefined),
    previous,
    now,
    probesUndecided,
  });
const a = hostView('a.example.com', { addresses: ['192.0.2.1', '192.0.2.2'] });
const b = hostView('b.example.com', { health: 'Unhealthy', services: [] });

describe('the status of a Gslb', () => {
  it('has the fields of k8gb, whatever the order of the hosts', () => {
    const expected = {
      geoTag: 'eu',
      hosts: 'a.example.com, b.example.com',
      serviceHealth: { 'a.example.com': 'Healthy', 'b.example.com': 'Unhealthy' },
      healthyRecords: { 'a.example.com': ['192.0.2.1', '198.51.100.1'], 'b.example.com': [] },
      servers: [
        { host: 'a.example.com', services: [{ namespace: 'web', name: 'app' }] },
        { host: 'b.example.com', services: [] },
      ],
      loadBalancer: { exposedIps: ['192.0.2.1', '192.0.2.2'] },
      observedGeneration: 3,
    };
    expect(statusOf(gslbView([a, b]))).toMatchObject(expected);
    expect(statusOf(gslbView([b, a]))).toEqual(statusOf(gslbView([a, b])));
  });

  it('of a host that is not planned yet has no records', () => {
    expect(statusOf(gslbView([hostView('c.example.com')])).healthyRecords).toEqual({ 'c.example.com': [] });
  });

  it('of a refused one has no hosts', () => {
    const acceptance = { accepted: false, reason: 'UnknownStrategy', message: 'use another' } as const;
    expect(statusOf(gslbView([], { acceptance }))).toMatchObject({
      hosts: '',
      serviceHealth: {},
      healthyRecords: {},
      loadBalancer: { exposedIps: [] },
    });
  });
});

describe('the columns of a Gslb', () => {
  const unhealthyHere = hostView('a.example.com', { health: 'Unhealthy' });
  const withheld = hostView('a.example.com', { withheld: [{ address: '192.0.2.9', why: 'x' }] });
  it.each([
    ['every host is answered and healthy', gslbView([a]), 'Healthy'],
    ['a host is answered by others alone', gslbView([unhealthyHere]), 'Degraded'],
    ['an address is kept back', gslbView([withheld]), 'Degraded'],
    ['a host is not answered', gslbView([a, b]), 'Unhealthy'],
    [
      'it is refused',
      gslbView([], { acceptance: { accepted: false, reason: 'X', message: 'y' } }),
      'Unhealthy',
    ],
  ])('when %s', (_title, view, expected) => {
    expect(statusOf(view).health).toBe(expected);
  });

  it('show the first few addresses', () => {
    expect(statusOf(gslbView([a])).targets).toBe('192.0.2.1,198.51.100.1');
    const many = Array.from({ length: 6 }, (_, i) => `192.0.2.${i}`);
    const { targets } = gslbStatus({
      geoTag: 'eu',
      view: gslbView([a]),
      decision: (host) => decisionOf(host, many),
      previous: undefined,
      now,
    });
    expect(targets).toBe('192.0.2.0,192.0.2.1,192.0.2.2,192.0.2.3,+2');
  });
});

describe('the conditions of a Gslb', () => {
  const warning = { reason: 'HostConflict', message: 'b is taken' };
  const good = 'Degraded False AsWanted';
  it.each([
    ['all is well', gslbView([a]), ['Accepted True Accepted', 'Ready True HasTargets', good]],
    [
      'a host has no target',
      gslbView([a, b]),
      ['Accepted True Accepted', 'Ready False NoHealthyTarget', good],
    ],
    [
      'one of its hosts is not served',
      gslbView([a], { warnings: [warning] }),
      ['Accepted True HostConflict', 'Ready True HasTargets', good],
    ],
    [
      'none is served',
      gslbView([], { acceptance: { accepted: false, ...warning } }),
      ['Accepted False HostConflict', 'Ready False NotAccepted', good],
    ],
  ])('when %s', (_title, view, expected) => {
    const { conditions = [] } = statusOf(view);
    expect(conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual(expected);
    expect(conditions.every(({ observedGeneration }) => observedGeneration === 3)).toBe(true);
  });

  it('say all that is wrong, the refusal first', () => {
    const acceptance = { accepted: false, reason: 'HostOutsideZones', message: 'a is outside' } as const;
    const [accepted] = statusOf(gslbView([], { acceptance, warnings: [warning] })).conditions ?? [];
    expect(accepted?.message).toBe('a is outside; b is taken');
  });

  describe('of a probe that has never passed', () => {
    const remark = (why: string) => ({
      reason: probeNeverPassed,
      message: neverPassedText('probe tcp:80 of 192.0.2.1', why, 'open the port'),
    });
    const remarked = (why: string) => gslbView([a], { warnings: [remark(why)] });
    const before = statusOf(remarked('connection refused'));
    it.each([
      ['stay while the probes of a sidecar that starts are undecided', gslbView([a]), true, 'refused'],
      ['go when they have passed', gslbView([a]), false, 'every host is served'],
      ['stay when they fail of something else', remarked('no answer in 500 ms'), false, 'refused'],
      ['give way to a refusal', gslbView([], { acceptance: { accepted: false, ...warning } }), true, 'taken'],
    ])('%s', (_title, view, undecided, expected) => {
      const [accepted] = statusOf(view, before, undecided).conditions ?? [];
      expect(accepted?.message).toContain(expected);
    });

    it('are not awaited where nothing was said of them', () => {
      const status = statusOf(gslbView([a]));
      expect(statusOf(gslbView([a]), status, true)).toEqual(status);
      const [accepted] = statusOf(remarked('no answer in 500 ms'), status, true).conditions ?? [];
      expect(accepted?.reason).toBe(probeNeverPassed);
    });
  });

  it('keep the time of their last turn, and those of others', () => {
    const earlier = '2026-01-01T00:00:00Z';
    const condition = (type: string, status: 'True' | 'False') =>
      ({ type, status, reason: 'Old', message: 'old', lastTransitionTime: earlier }) as const;
    const previous: GslbStatus = {
      geoTag: 'eu',
      serviceHealth: {},
      healthyRecords: {},
      conditions: [condition('Ready', 'True'), condition('Foreign', 'True'), condition('Accepted', 'False')],
    };
    const { conditions = [] } = statusOf(gslbView([a]), previous);
    expect(conditions.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime}`)).toEqual([
      `Accepted ${now}`,
      `Ready ${earlier}`,
      `Degraded ${now}`,
      `Foreign ${earlier}`,
    ]);
    expect(statusOf(gslbView([a]), { ...previous, conditions })).toEqual(statusOf(gslbView([a]), previous));
  });
});
