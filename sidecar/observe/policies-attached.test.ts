import { beforeEach, describe, expect, it } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import { Checks } from './checks.ts';
import { Ledger } from './ledger.ts';

const noon = Date.parse('2026-01-01T12:00:00Z');
const later = (seconds: number) => new Date(noon + seconds * 1000).toISOString();

const gslb = (
  name: string,
  hosts: readonly string[],
  spec: Partial<NonNullable<Gslb['spec']>> = {},
): Gslb => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: {
    name,
    namespace: 'web',
    uid: name,
    generation: 1,
    creationTimestamp: later(0),
    annotations: name === 'exposed' ? { 'k8gb.io/exposed-ip-addresses': '192.0.2.1' } : {},
  },
  spec: {
    strategy: { type: 'roundRobin' },
    ingress: { rules: hosts.map((host) => ({ host, http: { paths: [] } })) },
    ...spec,
  },
});
type PolicySpec = NonNullable<GslbPolicy['spec']>;
const policy = (
  name: string,
  targetRefs: PolicySpec['targetRefs'],
  spec: Partial<PolicySpec> = {},
  createdAt = later(0),
): GslbPolicy => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbPolicy',
  metadata: { name, namespace: 'web', creationTimestamp: createdAt },
  spec: { targetRefs, ...spec },
});
const cluster = (name: string, spec: GslbCluster['spec']): GslbCluster => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbCluster',
  metadata: { name },
  ...(spec === undefined ? {} : { spec }),
});

let ledger: Ledger;
const put = (...objects: readonly (Gslb | GslbPolicy | GslbCluster)[]) => {
  for (const object of objects) {
    if (object.kind === 'Gslb') ledger.setGslb('k8gb.io', object as Gslb, object as Gslb);
    else if (object.kind === 'GslbPolicy') ledger.setPolicy(object as GslbPolicy, object as GslbPolicy, noon);
    else ledger.setCluster(object as GslbCluster, object as GslbCluster, noon);
  }
  return ledger.settle();
};
const remove = (object: GslbPolicy) => {
  ledger.setPolicy(object, undefined, noon);
  return ledger.settle();
};
/** Name of the policy of each host. */
const attached = () =>
  Object.fromEntries(
    [...ledger.view().hosts].map(([host, { policy: found }]) => [host, found?.reference.name]),
  );
const verdict = (name: string) => ledger.policyVerdict(`web/${name}`);

beforeEach(() => {
  const now = () => ({ monotonicMs: 0, wallMs: noon });
  ledger = new Ledger('eu', 'k8gb.io', new Checks({ probe: { type: 'none' }, now }));
  ledger.setZones({
    zones: [{ name: 'example.com', parent: 'com', negativeTtlSeconds: 30 }],
    refused: new Map(),
  });
  put(gslb('a', ['a.example.com', 'b.example.com']), gslb('c', ['c.example.com']));
});

describe('a policy', () => {
  it('is attached to the hosts of the Gslb that it names, and only they are planned again', () => {
    const settled = put(policy('p', [{ name: 'a' }]));
    expect(attached()).toEqual({ 'a.example.com': 'p', 'b.example.com': 'p', 'c.example.com': undefined });
    expect([...(settled?.hosts ?? [])].sort()).toEqual(['a.example.com', 'b.example.com']);
    expect([...(settled?.policies ?? [])]).toEqual(['web/p']);
    expect(verdict('p')).toMatchObject({
      accepted: true,
      reason: 'Accepted',
      targets: [{ name: 'a', attached: true, hosts: ['a.example.com', 'b.example.com'] }],
    });
  });

  it('may come before its Gslb', () => {
    put(policy('p', [{ name: 'later' }]));
    expect(verdict('p')).toMatchObject({ accepted: false, reason: 'TargetNotFound' });
    const settled = put(gslb('later', ['later.example.com']));
    expect(attached()).toMatchObject({ 'later.example.com': 'p' });
    expect(verdict('p')).toMatchObject({ accepted: true });
    expect([...(settled?.policies ?? [])]).toEqual(['web/p']);
  });

  it('goes when it is deleted, and what waited behind it counts', () => {
    const first = policy('p', [{ name: 'c' }]);
    put(first, policy('q', [{ name: 'c' }], {}, later(1)));
    const settled = remove(first);
    expect(attached()).toMatchObject({ 'c.example.com': 'q' });
    expect([...(settled?.policies ?? [])].sort()).toEqual(['web/p', 'web/q']);
    expect(verdict('q')).toMatchObject({ accepted: true });
    expect(verdict('p')).toBeUndefined();
  });

  it('leaves a Gslb that it no longer names', () => {
    put(policy('p', [{ name: 'c' }]));
    put(policy('p', [{ name: 'a' }]));
    expect(attached()).toMatchObject({ 'c.example.com': undefined, 'a.example.com': 'p' });
  });

  it('of another namespace says nothing about ours', () => {
    const other = { ...policy('p', [{ name: 'a' }]), metadata: { name: 'p', namespace: 'shop' } };
    ledger.setPolicy(other, other, noon);
    ledger.settle();
    expect(attached()).toMatchObject({ 'a.example.com': undefined });
  });

  it('of another group says nothing about a Gslb of ours', () => {
    put(policy('p', [{ group: 'k8gb.absa.oss', name: 'a' }]));
    expect(attached()).toMatchObject({ 'a.example.com': undefined });
  });
});

describe('of two policies', () => {
  it.each<[string, GslbPolicy, GslbPolicy, string]>([
    ['the older one counts', policy('p', [{ name: 'c' }], {}, later(1)), policy('q', [{ name: 'c' }]), 'q'],
    [
      'as old as each other the first by name counts',
      policy('q', [{ name: 'c' }]),
      policy('p', [{ name: 'c' }]),
      'p',
    ],
    [
      'the one that names the host counts, however young',
      policy('p', [{ name: 'c' }]),
      policy('q', [{ name: 'c', sectionName: 'C.example.com.' }], {}, later(9)),
      'q',
    ],
  ])('%s', (_title, one, other, winner) => {
    const loser = winner === one.metadata.name ? other : one;
    for (const order of [
      [one, other],
      [other, one],
    ]) {
      put(...order);
      expect(attached()).toMatchObject({ 'c.example.com': winner });
      expect(verdict(winner)).toMatchObject({ accepted: true });
      expect(verdict(loser.metadata.name)).toMatchObject({ accepted: false, reason: 'Conflicted' });
      expect(verdict(loser.metadata.name)?.message).toContain(`GslbPolicy web/${winner}`);
      for (const each of order) remove(each);
    }
  });

  it('one may keep the rest of a Gslb of which the other names a host', () => {
    put(policy('p', [{ name: 'a' }]), policy('q', [{ name: 'a', sectionName: 'b.example.com' }]));
    expect(attached()).toMatchObject({ 'a.example.com': 'p', 'b.example.com': 'q' });
    expect(verdict('p')).toMatchObject({
      accepted: true,
      reason: 'PartlyAttached',
      targets: [
        { attached: true, hosts: ['a.example.com'], message: 'GslbPolicy web/q counts for b.example.com' },
      ],
    });
  });
});

describe('the verdict on a policy', () => {
  it.each<[string, GslbPolicy, object]>([
    [
      'names a host that is not served',
      policy('p', [{ name: 'a', sectionName: 'x.example.com' }]),
      { accepted: false, reason: 'HostNotFound' },
    ],
    [
      'is attached to one of two Gslbs',
      policy('p', [{ name: 'a' }, { name: 'gone' }]),
      {
        accepted: true,
        reason: 'PartlyAttached',
        targets: [{ attached: true }, { attached: false, hosts: [] }],
      },
    ],
    [
      'has an address that is none',
      policy('p', [{ name: 'a' }], { addresses: ['192.0.2'] }),
      { accepted: true, reason: 'AddressInvalid' },
    ],
  ])('that %s', (_title, object, expected) => {
    put(object);
    expect(verdict('p')).toMatchObject(expected);
    expect(verdict('p')?.message).toMatch(/.{20}/);
  });

  it('tells of a wildcard that has no Host to be probed with', () => {
    put(gslb('wild', ['*.example.com']), policy('p', [{ name: 'wild' }], { probe: { type: 'HTTP' } }));
    expect(verdict('p')?.message).toContain('set spec.probe.host');
    expect(ledger.view().hosts.get('*.example.com')?.policy?.probe).toEqual({ type: 'tcp', port: 80 });
  });

  it('of a refused Gslb says where to look', () => {
    put(gslb('out', ['out.example.org']), policy('p', [{ name: 'out' }]));
    expect(verdict('p')).toMatchObject({ accepted: false, reason: 'HostNotFound' });
  });
});

it('addresses of a policy go behind those of the annotations', () => {
  put(
    gslb('exposed', ['exposed.example.com']),
    policy('p', [{ name: 'exposed' }, { name: 'c' }], { addresses: ['192.0.2.9', '2001:db8::9'] }),
  );
  const addresses = (host: string) => ledger.view().hosts.get(host)?.addresses;
  expect(addresses('exposed.example.com')).toEqual(['192.0.2.1']);
  expect(addresses('c.example.com')).toEqual(['192.0.2.9', '2001:db8::9']);
  expect(addresses('a.example.com')).toEqual([]);
});

describe('an override', () => {
  const drain = { state: 'Drained', until: later(60) } as const;

  it('of a policy ends by itself, and only its hosts are planned again', () => {
    put(policy('p', [{ name: 'c' }], { overrides: [{ geoTag: 'us', ...drain }] }));
    expect(ledger.view().hosts.get('c.example.com')?.policy?.overrides.get('us')).toMatchObject({
      untilMs: noon + 60_000,
      origin: 'GslbPolicy web/p',
    });
    expect(ledger.expireOverrides(noon + 59_999)).toBe(noon + 60_000);
    expect(ledger.settle()).toBeUndefined();
    expect(ledger.expireOverrides(noon + 60_000)).toBe(Number.POSITIVE_INFINITY);
    const settled = ledger.settle();
    expect([...(settled?.hosts ?? [])]).toEqual(['c.example.com']);
    expect([...(settled?.policies ?? [])]).toEqual(['web/p']);
    expect(ledger.view().hosts.get('c.example.com')?.policy?.overrides.size).toBe(0);
  });

  it('of a cluster reaches the view, concerns every host, and ends by itself', () => {
    const begun = put(cluster('us', { override: { ...drain, reason: 'upgrade' } }));
    expect(ledger.view().clusters.get('us')?.override).toMatchObject({
      reason: 'upgrade',
      sinceMs: noon,
      origin: 'GslbCluster us',
    });
    expect(begun?.hosts.size).toBe(3);
    expect([...(begun?.clusters ?? [])]).toEqual(['us']);
    expect(ledger.expireOverrides(noon + 1)).toBe(noon + 60_000);
    ledger.expireOverrides(noon + 60_000);
    const ended = ledger.settle();
    expect(ended?.hosts.size).toBe(3);
    expect([...(ended?.clusters ?? [])]).toEqual(['us']);
    expect(ledger.view().clusters.get('us')).toEqual({});
  });

  it('that has ended already changes nothing', () => {
    const settled = put(cluster('us', { override: { state: 'Drained', until: later(-1) } }));
    expect(settled?.hosts.size).toBe(0);
    expect(ledger.view().clusters.get('us')).toEqual({});
  });
});

it('the place of a cluster concerns hosts by place only', () => {
  put(gslb('g', ['g.example.com'], { strategy: { type: 'geoip' } }));
  const settled = put(cluster('us', { location: { country: 'US', label: 'dc1' } }));
  expect(ledger.view().clusters.get('us')).toEqual({ place: { country: 'US', label: 'dc1' } });
  expect([...(settled?.hosts ?? [])]).toEqual(['g.example.com']);
});

it('a status that is written on a cluster plans nothing', () => {
  put(cluster('us', {}));
  const settled = put({ ...cluster('us', {}), status: { state: 'Answering', hosts: 3 } });
  expect(settled?.hosts.size).toBe(0);
  expect([...(settled?.clusters ?? [])]).toEqual(['us']);
});

it('a cluster whose object is gone is not drained', () => {
  const object = cluster('us', { override: { state: 'Drained' } });
  put(object);
  ledger.setCluster(object, undefined, noon);
  expect(ledger.settle()?.hosts.size).toBe(3);
  expect(ledger.view().clusters.has('us')).toBe(false);
});
