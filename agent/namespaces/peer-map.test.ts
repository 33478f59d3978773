import { expect, test } from 'vitest';
import type { NamespaceMap } from '#core/api/offload/namespace-map.ts';
import { acceptedPairs, pairsToGive, twinOf } from './peer-map.ts';

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

const [shop, bare] = [
  { local: 'shop', remote: 'shop-eu' },
  { local: 'bare', remote: 'bare-eu' },
];

test('a pair is what is wanted, and accepted under that name', () => {
  const desired = { shop: 'shop-eu', other: 'other-eu', bare: 'bare-eu', bad: 'bad-eu', new: 'new-eu' };
  expect(acceptedPairs(desired, map)).toEqual([bare, shop]);
  expect(acceptedPairs(desired, undefined)).toEqual([]);
});

test.each([
  ['the first list waits until it is whole', undefined, ['shop'], undefined],
  ['the first list', undefined, ['shop', 'bare'], [bare, shop]],
  ['a new pair waits for its rights', [shop], ['shop'], [shop]],
  ['a pair that was given outlives its rights', [bare, shop], ['shop'], [bare, shop]],
])('%s', (_, given, bound, want) => {
  expect(pairsToGive([bare, shop], given, (namespace) => bound.includes(namespace))).toEqual(want);
});

test('a namespace that is called like a method of objects has no twin', () => {
  expect(twinOf(map, 'constructor')).toBeUndefined();
  expect(twinOf(map, 'shop')?.phase).toBe('Accepted');
});
