import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Secret } from '#core/api/kubernetes.ts';
import { type PeeringRecord, readRecord, recordSecret } from './peering-record.ts';

const text = fc.string({ minLength: 1, unit: 'grapheme' });
const records: fc.Arbitrary<PeeringRecord> = fc.record({
  clusterID: fc.constant('eu'),
  clusterUID: text,
  servers: fc.array(text, { minLength: 1 }),
  ca: text,
  token: text,
  obtainedAt: text,
  expiresAt: text,
  remoteTenantNamespace: text,
  grant: fc.record({
    providerClusterID: text,
    providerClusterUID: text,
    resources: fc.constant({ cpu: '4' }),
    kubeletVersion: text,
    architecture: text,
    gatewayFingerprint: text,
    gatewayAddresses: fc.array(text),
  }),
  departed: fc.boolean(),
});

test('what is written is read', () => {
  fc.assert(
    fc.property(records, (record) => {
      expect(readRecord('eu', recordSecret('sys', record))).toEqual(record);
    }),
  );
});

test('a Secret that lost anything that matters is damaged, not half a record', () => {
  const [record] = fc.sample(records, { numRuns: 1, seed: 1 }) as [PeeringRecord];
  const whole = recordSecret('sys', record);
  for (const name of ['servers', 'token', 'tenantNamespace', 'grant']) {
    const { [name]: _, ...data } = whole.data ?? {};
    expect(readRecord('eu', { ...whole, data })).toBeUndefined();
  }
  const { data: _, ...empty } = whole;
  expect(readRecord('eu', empty as Secret)).toBeUndefined();
});
