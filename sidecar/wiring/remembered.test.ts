import { expect, it } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import { joinRemembered, rememberedOf } from './remembered.ts';

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

const active = (epoch: number) => ({ geoTag: 'us', epoch, sinceMs: 1, reason: '' });
it.each([
  ['the status alone', { active: active(2) }, undefined, { active: active(2) }],
  [
    'the disk alone',
    undefined,
    { active: active(2), readyAgainMs: 5 },
    { active: active(2), readyAgainMs: 5 },
  ],
  [
    'the status where another replica moved on',
    { active: active(3), lastGood: ['s'] },
    { active: active(2), lastGood: ['d'], readyAgainMs: 5 },
    { active: active(3), lastGood: ['s'], readyAgainMs: 5 },
  ],
  [
    'the disk where the status could not be written',
    { active: active(2), lastGood: ['s'] },
    { active: active(3), lastGood: ['d'] },
    { active: active(3), lastGood: ['d'] },
  ],
])('of status and disk %s counts', (_, ofStatus, ofDisk, expected) => {
  expect(joinRemembered(ofStatus, ofDisk)).toEqual(expected);
});
