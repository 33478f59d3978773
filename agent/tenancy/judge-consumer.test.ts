import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { publicKeyText } from '#core/peering/seal.ts';
import type { Consumer } from './consumer.ts';
import { judgeConsumer, type OtherTenant } from './judge-consumer.ts';

const key = () => publicKeyText(generateKeyPairSync('x25519').publicKey);
const ours = { clusterID: 'prov', clusterUID: 'uid-prov' };
const consumer: Consumer = {
  clusterID: 'cons',
  clusterUID: 'uid-cons',
  publicKey: key(),
  gatewayFingerprint: 'fingerprint',
};
const tenantOf = (
  authParams: Consumer | undefined,
  leaving: boolean | 'left' = false,
  clusterID?: string,
): OtherTenant => ({
  leaving: leaving !== false,
  left: leaving === 'left',
  tenant: {
    apiVersion: 'authentication.liqo.io/v1beta1',
    kind: 'Tenant',
    metadata: { namespace: 'liqo-tenant-a', name: 'peering' },
    ...(clusterID === undefined ? {} : { spec: { clusterID } }),
    ...(authParams === undefined ? {} : { status: { authParams: { ...authParams } } }),
  } as Tenant,
});

function verdict(who: Consumer, others: readonly OtherTenant[] = []): string {
  const judgement = judgeConsumer(who, ours, others);
  return judgement.kind === 'refuse' ? judgement.refusal.reason : judgement.kind;
}

test.each<[string, Partial<Consumer>, string]>([
  ['as it should be', {}, 'accept'],
  ['no DNS label', { clusterID: 'Cons' }, 'InvalidConsumer'],
  ['too long for its namespaces', { clusterID: 'c'.repeat(59) }, 'InvalidConsumer'],
  ['without a UID', { clusterUID: '' }, 'InvalidConsumer'],
  ['with half a key', { publicKey: 'AAAA' }, 'InvalidConsumer'],
  // RFC 7748, 6.1: with such a point every secret is the same.
  ['with a key of low order', { publicKey: Buffer.alloc(32).toString('base64') }, 'InvalidConsumer'],
  ['with our id', { clusterID: 'prov' }, 'OwnCluster'],
  ['with our UID', { clusterUID: 'uid-prov' }, 'OwnCluster'],
])('a consumer %s: %s', (_what, change, expected) => {
  expect(verdict({ ...consumer, ...change })).toBe(expected);
});

test('an id belongs to the UID and key that had it first', () => {
  expect(verdict(consumer, [tenantOf({ ...consumer, clusterUID: 'another' })])).toBe('ClusterIDTaken');
  expect(verdict(consumer, [tenantOf({ ...consumer, publicKey: key() })])).toBe('ClusterIDTaken');
  expect(verdict(consumer, [tenantOf({ ...consumer, publicKey: key() }, true)])).toBe('ClusterIDTaken');
  const other = { ...consumer, clusterID: 'other', gatewayFingerprint: 'another' };
  expect(verdict(consumer, [tenantOf(other)])).toBe('accept');
  expect(verdict(consumer, [tenantOf(undefined)])).toBe('accept');
  // Of Liqo's engine: nothing but the id is known.
  expect(verdict(consumer, [tenantOf(undefined, false, 'cons')])).toBe('ClusterIDTaken');
});

test('the key of a gateway belongs to the cluster that had it first', () => {
  expect(verdict(consumer, [tenantOf({ ...consumer, clusterID: 'other' })])).toBe('GatewayKeyTaken');
});

test('the same cluster has one peering at a time', () => {
  expect(verdict(consumer, [tenantOf(consumer)])).toBe('AlreadyPeered');
  expect(verdict(consumer, [tenantOf(consumer, true)])).toBe('wait');
  expect(verdict(consumer, [tenantOf(consumer, 'left')])).toBe('accept');
  expect(verdict({ ...consumer, publicKey: key() }, [tenantOf(consumer, 'left')])).toBe('ClusterIDTaken');
  expect(verdict(consumer, [tenantOf(consumer, true), tenantOf(consumer)])).toBe('AlreadyPeered');
});
