import { expect, it } from 'vitest';
import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import { readZones } from './zones.ts';

const delegation = (name: string, loadBalancedZone: string, parentZone: string): ZoneDelegation => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'ZoneDelegation',
  metadata: { name },
  spec: { loadBalancedZone, parentZone, dnsZoneNegTTL: 10 },
});

it('reads names without regard to case and trailing dot, sorted', () => {
  const read = readZones([
    delegation('b', 'Web.Example.com.', 'example.com'),
    delegation('a', 'app.example.com', 'Example.com.'),
  ]);
  expect(read.zones).toEqual([
    { name: 'app.example.com', parent: 'example.com', negativeTtlSeconds: 10 },
    { name: 'web.example.com', parent: 'example.com', negativeTtlSeconds: 10 },
  ]);
  expect(read.refused.size).toBe(0);
});

it('serves the others beside one that cannot be served, and says why', () => {
  const read = readZones([
    delegation('z-second', 'app.example.com', 'example.com'),
    delegation('a-first', 'app.example.com', 'com'),
    delegation('bad-name', 'app..example.com', 'example.com'),
    delegation('elsewhere', 'app.example.net', 'example.com'),
    delegation('same', 'example.com', 'example.com'),
    { apiVersion: 'k8gb.io/v1beta1', kind: 'ZoneDelegation', metadata: { name: 'without-spec' } },
  ]);
  expect(read.zones.map(({ name, parent }) => `${name} in ${parent}`)).toEqual(['app.example.com in com']);
  expect(Object.fromEntries([...read.refused].map(([name, { reason }]) => [name, reason]))).toEqual({
    'z-second': 'ZoneConflict',
    'bad-name': 'ZoneInvalid',
    elsewhere: 'ZoneInvalid',
    same: 'ZoneInvalid',
    'without-spec': 'ZoneInvalid',
  });
  expect(read.refused.get('z-second')?.message).toContain('a-first');
});
