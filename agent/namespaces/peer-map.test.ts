import { expect, test } from 'vitest';
import type { NamespaceMap } from '#core/api/offload/namespace-map.ts';
import { acceptedPairs, twinOf } from './peer-map.ts';

const map: NamespaceMap = {
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'NamespaceMap',
  metadata: { name: 'peering' },
  status: {
    currentMapping: {
      shop: { remoteNamespace: 'shop-eu', phase: 'Accepted' },
      bare: { remoteNamespace: 'bare-eu', phase: 'Accepted' },
      other: { remoteNamespace: 'else', phase: 'Accepted' },
      bad: { remoteNamespace: 'bad-eu', phase: 'CreationLoopBackOff' },
      ended: { remoteNamespace: 'ended-eu', phase: 'Accepted' },
    },
  },
};

test('a pair is what is wanted, accepted under that name, and where the agent has its rights', () => {
  const desired = { shop: 'shop-eu', bare: 'bare-eu', other: 'other-eu', bad: 'bad-eu', new: 'new-eu' };
  expect(acceptedPairs(desired, map, (namespace) => namespace !== 'bare')).toEqual([
    { local: 'shop', remote: 'shop-eu' },
  ]);
  expect(acceptedPairs(desired, undefined, () => true)).toEqual([]);
});

test('a namespace that is called like a method of objects has no twin', () => {
  expect(twinOf(map, 'constructor')).toBeUndefined();
  expect(twinOf(map, 'shop')?.phase).toBe('Accepted');
});
