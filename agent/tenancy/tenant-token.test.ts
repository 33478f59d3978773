import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import { publicKeyText, unseal } from '#core/peering/seal.ts';
import { timeText } from './conditions.ts';
import { mintToken, tokenCondition, tokenDueMs } from './tenant-token.ts';

const claim = (issuedMs: number, expiresMs: number): PeeringClaim => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'PeeringClaim',
  metadata: { name: 'peering' },
  status: {
    token: { sealed: 'x', expirationTimestamp: timeText(expiresMs) },
    conditions: [
      {
        type: tokenCondition,
        status: 'True',
        reason: 'Sealed',
        message: '',
        lastTransitionTime: timeText(issuedMs),
      },
    ],
  },
});

test('a token is due at two thirds of the life that the API server gave it', () => {
  expect(tokenDueMs(claim(0, 86_400_000))).toBe(57_600_000);
  expect(tokenDueMs(claim(3_600_000, 7_200_000))).toBe(6_000_000);
  expect(tokenDueMs(undefined)).toBe(0);
  expect(tokenDueMs(claim(7_200_000, 3_600_000))).toBe(0);
});

test('a token is asked for with a day to live, and read by its consumer alone', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const asked: unknown[] = [];
  const request = async (options: unknown) => {
    asked.push(options);
    return {
      spec: { audiences: ['https://issuer.example.com'] },
      status: { token: 'secret', expirationTimestamp: '2026-01-02T00:00:00Z' },
    };
  };
  const consumer = {
    clusterID: 'cons',
    clusterUID: 'uid',
    publicKey: publicKeyText(publicKey),
    gatewayFingerprint: 'f',
  };
  const { token, audiences } = await mintToken({ request }, 'liqo-tenant-a', consumer);
  expect(asked[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/namespaces/liqo-tenant-a/serviceaccounts/tenant/token',
    body: { spec: { expirationSeconds: 86_400 } },
  });
  expect(audiences).toEqual(['https://issuer.example.com']);
  expect(JSON.stringify(token)).not.toContain('secret');
  expect(unseal(privateKey, token.sealed)).toBe('secret');
});
