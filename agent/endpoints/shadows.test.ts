import { expect, test } from 'vitest';
import type { NativeEndpoint, RemoteEndpoint } from './remote-endpoint.ts';
import { endpointsOfShadows, wantedShadows } from './shadows.ts';

const conditions = { ready: true, serving: true, terminating: false };
const native = (uid: string, port = 8080): NativeEndpoint => ({
  uid,
  name: uid,
  namespace: 'shop',
  address: '10.1.1.1',
  ports: [{ name: 'http', port }],
  conditions,
});
const remote = (peer: string, origin = peer): RemoteEndpoint => {
  const { namespace: _, ...endpoint } = native(`of-${origin}`);
  return { ...endpoint, peer, origin };
};
const input = {
  service: 'web',
  namespace: 'shop-eu',
  clusterID: 'eu',
  provider: 'us',
  native: [native('p1')],
  remote: [remote('us'), remote('apac'), remote('hub', 'far')],
  linkUp: () => true,
};

test('a provider is told of our pods and of those one relay away, never of its own', () => {
  const [shadow, ...more] = wantedShadows(input);
  expect(more).toEqual([]);
  expect(shadow?.metadata.labels).toEqual({
    'kubernetes.io/service-name': 'web',
    'offloading.liqo.io/origin': 'eu',
    'offloading.liqo.io/destination': 'us',
  });
  expect(
    shadow?.spec?.template?.endpoints?.map(({ nodeName, targetRef }) => [
      nodeName,
      targetRef?.kind,
      targetRef?.uid,
    ]),
  ).toEqual([
    ['eu', 'RemotePod', 'p1'],
    ['apac', 'RemotePod', 'of-apac'],
  ]);
});

test('a pod behind a dead link is not ready for those that we relay for', () => {
  const [shadow] = wantedShadows({ ...input, linkUp: () => false });
  expect(shadow?.spec?.template?.endpoints?.map((endpoint) => endpoint.conditions?.ready)).toEqual([
    true,
    false,
  ]);
});

test('ports that differ, and every thousand, need a slice of their own', () => {
  const many = Array.from({ length: 1001 }, (_, index) => native(`p${index}`));
  const shadows = wantedShadows({ ...input, native: [...many, native('other', 9090)], remote: [] });
  expect(shadows.map(({ spec }) => spec?.template?.endpoints?.length)).toEqual([1000, 1, 1]);
  expect(new Set(shadows.map(({ metadata }) => metadata.name)).size).toBe(3);
  expect(wantedShadows({ ...input, native: [], remote: [] })).toEqual([]);
});

test('what a consumer tells is read back, but for what cannot be', () => {
  const shadows = wantedShadows(input);
  expect(
    endpointsOfShadows('eu', 'us', shadows).map(({ peer, origin, uid, ports }) => [peer, origin, uid, ports]),
  ).toEqual([
    ['eu', 'eu', 'p1', [{ name: 'http', port: 8080 }]],
    ['eu', 'apac', 'of-apac', [{ name: 'http', port: 8080 }]],
  ]);
  expect(endpointsOfShadows('eu', 'apac', shadows).map(({ origin }) => origin)).toEqual(['eu']);
  const [shadow] = shadows;
  const bad = [
    { addresses: [], nodeName: 'a/b', targetRef: { uid: 'p' } },
    { addresses: [], nodeName: '__proto__', targetRef: { uid: 'p' } },
    { addresses: [], targetRef: { uid: 'p' } },
    { addresses: [], nodeName: 'eu' },
    { addresses: [], nodeName: 'eu', targetRef: { uid: 'p/1' } },
  ];
  const template = { ...shadow?.spec?.template, endpoints: bad };
  expect(shadow && endpointsOfShadows('eu', 'us', [{ ...shadow, spec: { template } }])).toEqual([]);
});
