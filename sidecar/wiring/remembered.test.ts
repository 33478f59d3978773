import { expect, it } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import { rememberedOf } from './remembered.ts';

const gslb = (status: Gslb['status']): Gslb => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { name: 'app' },
  spec: { strategy: { type: 'failover' } },
  ...(status === undefined ? {} : { status }),
});

it('gives the active cluster and the last answer of each host back', () => {
  const record = { geoTag: 'us', epoch: 3, since: '2026-11-21T10:00:00Z', reason: 'eu: silent' };
  const remembered = rememberedOf(
    gslb({
      geoTag: 'eu',
      serviceHealth: {},
      healthyRecords: { 'a.example.com': ['192.0.2.2', '192.0.2.1'], 'b.example.com': [] },
      active: { 'a.example.com': record, 'c.example.com': { ...record, since: 'yesterday' } },
    }),
  );
  expect([...remembered]).toEqual([
    [
      'a.example.com',
      {
        active: { geoTag: 'us', epoch: 3, sinceMs: Date.UTC(2026, 10, 21, 10), reason: 'eu: silent' },
        lastGood: ['192.0.2.1', '192.0.2.2'],
      },
    ],
    ['c.example.com', { active: { geoTag: 'us', epoch: 3, sinceMs: 0, reason: 'eu: silent' } }],
    ['b.example.com', {}],
  ]);
});

it('knows nothing of a Gslb without a status', () => {
  expect(rememberedOf(gslb(undefined)).size).toBe(0);
});
