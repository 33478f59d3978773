import { describe, expect, it } from 'vitest';
import type { HostReport, MemberReport } from '#core/admin/schema.ts';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import { type Effect, effects } from './effects.ts';

const name = 'app.example.com';
const at: Readonly<Record<string, string>> = { eu: '192.0.2.1', us: '192.0.2.2', za: '192.0.2.3' };
const nowMs = Date.parse('2026-11-21T12:00:00Z');

/** `eu us! za-`: eu answers, us is silent, za is alive and left out by its rank; `za~`: drained, `za0`: dead. */
function host(members: string): HostReport {
  const parsed = members.split(' ').map((text): MemberReport => {
    const geoTag = text.slice(0, 2);
    const mark = text.slice(2);
    const addresses = mark === '!' || mark === '0' ? [] : [at[geoTag] ?? ''];
    const state = mark === '!' ? 'silent' : geoTag === 'eu' ? 'own' : 'answering';
    const filter = { '!': 'alive', '-': 'strategy', '~': 'drained', '0': 'alive' }[mark];
    return { geoTag, state, addresses, ...(filter !== undefined && { leftOut: { filter, why: '' } }) };
  });
  return {
    host: name,
    zone: 'example.com',
    strategy: { type: 'roundRobin' },
    ttlSeconds: 30,
    gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
    health: 'Healthy',
    members: parsed,
    answer: {
      addresses: parsed.filter(({ leftOut }) => leftOut === undefined).flatMap(({ addresses }) => addresses),
      ttlSeconds: 30,
    },
  };
}
const policy = (safety: object, since?: string, hosts = [name]): GslbPolicy => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbPolicy',
  metadata: { namespace: 'web', name: 'safe' },
  spec: {
    targetRefs: [{ group: 'k8gb.io', kind: 'Gslb', name: 'app' }],
    safety: { minClustersOn: 0, ...safety },
  },
  status: {
    targets: [{ group: 'k8gb.io', kind: 'Gslb', name: 'app', attached: true, hosts }],
    ...(since !== undefined && { overrides: [{ geoTag: 'za', state: 'Drained', since }] }),
  },
});
const drainUs = (
  members: string,
  policies: readonly GslbPolicy[] = [],
  breakGlass = false,
): readonly Effect[] => effects('us', [host(members)], policies, { breakGlass, nowMs });

describe('draining us', () => {
  it.each([
    ['others answer instead', 'eu us za', 'loses: eu, za can answer'],
    ['one that ranks behind answers instead', 'eu- us', 'loses: eu can answer'],
    ['it does not answer now, but could', 'eu us-', 'unmoved: eu can answer'],
    ['it is the only one', 'us', 'keeps: no other cluster can answer (DrainIgnored)'],
    ['all others are silent', 'eu0 us za!', 'keeps: no other cluster can answer (DrainIgnored)'],
    ['all others are drained', 'us za~', 'keeps: no other cluster can answer (DrainIgnored)'],
  ])('where %s', (_title, members, expected) => {
    expect(drainUs(members).map(({ kind, why }) => `${kind}: ${why}`)).toEqual([expected]);
  });

  it.each([
    ['that is dead anyway', 'eu us0'],
    ['that is silent anyway', 'eu us!'],
    ['that has no such host', 'eu za'],
  ])('concerns no host of a cluster %s', (_title, members) => {
    expect(drainUs(members)).toEqual([]);
  });

  it('is kept off by a policy that wants more clusters on, unless the glass is broken', () => {
    const wantsTwo = [policy({ minClustersOn: 2 })];
    expect(drainUs('eu us', wantsTwo)).toEqual([
      {
        host: name,
        kind: 'keeps',
        why: 'GslbPolicy web/safe keeps 2 clusters on, 1 would be left (DrainIgnored; --break-glass lifts it)',
      },
    ]);
    expect(drainUs('eu us za', wantsTwo)[0]?.kind).toBe('loses');
    expect(drainUs('eu us', wantsTwo, true)[0]?.kind).toBe('loses');
    expect(drainUs('eu us', [policy({ minClustersOn: 2 }, undefined, ['other'])])[0]?.kind).toBe('loses');
  });

  it('waits for as long as a policy wants after another drain', () => {
    const since = '2026-11-21T11:55:00Z';
    expect(drainUs('eu us', [policy({ wait: '10m' }, since)])[0]?.why).toBe(
      'GslbPolicy web/safe lets it begin at 2026-11-21T12:05:00.000Z, 10m after the drain before it (--break-glass lifts it)',
    );
    expect(drainUs('eu us', [policy({ wait: '1m' }, since)])[0]?.kind).toBe('loses');
    expect(drainUs('eu us', [policy({ wait: '10m' })])[0]?.kind).toBe('loses');
  });
});
