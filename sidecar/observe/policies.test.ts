import { describe, expect, it } from 'vitest';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import { Overrides } from './override.ts';
import { policyForHost, readPolicy } from './policies.ts';

type Spec = NonNullable<GslbPolicy['spec']>;
const noon = Date.parse('2026-01-01T12:00:00Z');
const policy = (spec: Partial<Spec>): GslbPolicy => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbPolicy',
  metadata: { name: 'canary', namespace: 'web' },
  spec: { targetRefs: [{ name: 'app' }], ...spec },
});
const read = (spec: Partial<Spec>) => readPolicy(policy(spec), new Overrides(), noon);

it('says nothing that was not said', () => {
  expect(read({})).toEqual({
    policy: {
      reference: { namespace: 'web', name: 'canary' },
      order: [],
      failback: { mode: 'auto' },
      nets: [],
      fence: [],
      whenAllDown: { mode: 'noData' },
      overrides: new Map(),
      minClustersOn: 0,
      waitSeconds: 0,
    },
    probesByHost: false,
    remarks: [],
  });
});

it.each<[string, Partial<Spec>, object, string[]]>([
  ['order', { failover: { order: ['us', 'af'] } }, { order: ['us', 'af'] }, []],
  ['failback by hand', { failover: { failback: { mode: 'Manual' } } }, { failback: { mode: 'manual' } }, []],
  [
    'failback after a while',
    { failover: { failback: { mode: 'After', after: '1h30m10s' } } },
    { failback: { mode: 'after', seconds: 5410 } },
    [],
  ],
  [
    'failback after who knows what: a person decides',
    { failover: { failback: { mode: 'After', after: 'soon' } } },
    { failback: { mode: 'manual' } },
    ['DurationInvalid'],
  ],
  [
    'networks',
    {
      nets: [
        { prefix: '192.0.2.0/24', geoTag: 'us' },
        { prefix: '2001:db8::/32', geoTag: 'eu' },
      ],
    },
    {
      nets: [
        { prefix: '192.0.2.0/24', geoTag: 'us' },
        { prefix: '2001:db8::/32', geoTag: 'eu' },
      ],
    },
    [],
  ],
  [
    'a network with host bits, made canonical',
    { nets: [{ prefix: '192.0.2.129/25', geoTag: 'us' }] },
    { nets: [{ prefix: '192.0.2.128/25', geoTag: 'us' }] },
    ['PrefixNotCanonical'],
  ],
  [
    'an IPv6 network in another spelling',
    { fence: [{ prefix: '2001:0DB8:0::1/29', geoTag: 'us' }] },
    { fence: [{ prefix: '2001:db8::/29', geoTag: 'us' }] },
    ['PrefixNotCanonical'],
  ],
  [
    'the whole Internet',
    {
      nets: [
        { prefix: '0.0.0.0/0', geoTag: 'us' },
        { prefix: '::/0', geoTag: 'us' },
      ],
    },
    {
      nets: [
        { prefix: '0.0.0.0/0', geoTag: 'us' },
        { prefix: '::/0', geoTag: 'us' },
      ],
    },
    [],
  ],
  [
    'no network',
    {
      nets: [
        { prefix: '192.0.2.0/33', geoTag: 'us' },
        { prefix: '192.0.2/24', geoTag: 'us' },
      ],
    },
    { nets: [] },
    ['PrefixInvalid', 'PrefixInvalid'],
  ],
  [
    'one network twice, the first counts',
    {
      nets: [
        { prefix: '192.0.2.0/24', geoTag: 'us' },
        { prefix: '192.0.2.1/24', geoTag: 'eu' },
      ],
    },
    { nets: [{ prefix: '192.0.2.0/24', geoTag: 'us' }] },
    ['PrefixNotCanonical', 'PrefixTwice'],
  ],
  [
    'one fence around two clusters',
    {
      fence: [
        { prefix: '10.0.0.0/8', geoTag: 'us' },
        { prefix: '10.0.0.0/8', geoTag: 'eu' },
      ],
    },
    {
      fence: [
        { prefix: '10.0.0.0/8', geoTag: 'us' },
        { prefix: '10.0.0.0/8', geoTag: 'eu' },
      ],
    },
    [],
  ],
  ['affinity', { affinity: {} }, { affinity: { ipv4Bits: 24, ipv6Bits: 56 } }, []],
  ['a limit', { limit: 2 }, { limit: 2 }, []],
  ['the last good answer', { whenAllDown: { mode: 'LastGood' } }, { whenAllDown: { mode: 'lastGood' } }, []],
  ['all addresses', { whenAllDown: { mode: 'All' } }, { whenAllDown: { mode: 'all' } }, []],
  [
    'addresses to fall back to',
    { whenAllDown: { mode: 'Fallback', addresses: ['192.0.2.9', '2001:DB8::1', '1.2'] } },
    { whenAllDown: { mode: 'fallback', addresses: ['192.0.2.9', '2001:db8::1'] } },
    ['AddressInvalid'],
  ],
  [
    'no address to fall back to',
    { whenAllDown: { mode: 'Fallback', addresses: ['0.0.0.0'] } },
    { whenAllDown: { mode: 'noData' } },
    ['AddressInvalid'],
  ],
  ['addresses', { addresses: ['192.0.2.9', '::'] }, { addresses: ['192.0.2.9'] }, ['AddressInvalid']],
  ['no probe', { probe: { type: 'None' } }, { probe: { type: 'none' } }, []],
  ['a probe by TCP', { probe: { type: 'TCP', port: 8443 } }, { probe: { type: 'tcp', port: 8443 } }, []],
  [
    'a probe by HTTPS',
    { probe: { type: 'HTTPS', path: '/up', host: 'a.example' } },
    { probe: { type: 'https', port: 443, path: '/up', host: 'a.example' } },
    [],
  ],
  ['safety rules', { safety: { minClustersOn: 2, wait: '10m' } }, { minClustersOn: 2, waitSeconds: 600 }, []],
  ['no duration to wait', { safety: { wait: '5' } }, { waitSeconds: 0 }, ['DurationInvalid']],
  [
    'overrides that have not ended',
    {
      overrides: [
        { geoTag: 'us', state: 'Drained', until: '2026-01-01T12:00:01Z' },
        { geoTag: 'eu', state: 'Drained', until: '2026-01-01T12:00:00Z' },
        { geoTag: 'af', state: 'Drained', until: 'never' },
      ],
    },
    {
      overrides: new Map([
        ['us', expect.objectContaining({ origin: 'GslbPolicy web/canary', sinceMs: noon })],
      ]),
    },
    ['UntilInvalid'],
  ],
])('reads %s', (_title, spec, expected, reasons) => {
  const { policy: found, remarks } = read(spec);
  expect(found).toMatchObject(expected);
  expect(remarks.map(({ reason }) => reason)).toEqual(reasons);
});

it('has no addresses where none can be used, so that nodes and status count', () => {
  expect(read({ addresses: ['lb.example'] }).policy).not.toHaveProperty('addresses');
});

describe('a probe by HTTP that names no host', () => {
  const byHost = read({ probe: { type: 'HTTP' } });
  it('has each host as its own', () => {
    const probe = { type: 'http', port: 80, path: '/', host: 'a.example.com' };
    expect(policyForHost(byHost, 'a.example.com').probe).toEqual(probe);
  });
  it('only connects for a wildcard', () => {
    expect(policyForHost(byHost, '*.example.com').probe).toEqual({ type: 'tcp', port: 80 });
  });
});
