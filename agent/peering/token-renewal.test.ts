import { expect, test } from 'vitest';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import { newerToken, renewalIsDue } from './token-renewal.ts';

const life = { obtainedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-02T00:00:00Z' };

test.each([
  ['2026-01-01T00:00:00Z', false],
  ['2026-01-01T15:59:59Z', false],
  ['2026-01-01T16:00:01Z', true],
  ['2026-01-03T00:00:00Z', true],
])('at %s renewal of a token of 24 h is due: %s', (now, due) => {
  expect(renewalIsDue(life, Date.parse(now))).toBe(due);
});

test.each([
  ['2026-01-02T00:00:01Z', true],
  ['2026-01-02T00:00:00Z', false],
  ['2026-01-01T00:00:00Z', false],
  ['nonsense', false],
])('a token in the claim until %s is taken: %s', (expirationTimestamp, taken) => {
  const claim: PeeringClaim = {
    apiVersion: 'interspan.dev/v1alpha1',
    kind: 'PeeringClaim',
    metadata: { name: 'peering' },
    status: { token: { sealed: 's', expirationTimestamp } },
  };
  expect(newerToken(claim, life) !== undefined).toBe(taken);
});

test('a claim without a token has none to take', () => {
  const metadata = { name: 'peering' };
  expect(newerToken({ apiVersion: '', kind: '', metadata }, life)).toBeUndefined();
});
