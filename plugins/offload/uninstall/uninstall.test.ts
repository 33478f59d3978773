import { expect, test } from 'vitest';
import { inUse, isEnding } from './blockers.ts';
import { cleansing, isOfAgent, isVirtual } from './leftovers.ts';

test('nothing in use: nothing refused', () => {
  expect(inUse([], [])).toBeUndefined();
});

test('what is in use is named with the commands that end it', () => {
  const error = inUse(
    [
      { clusterID: 'us', departed: false },
      { clusterID: 'ap', departed: true },
    ],
    ['shop', 'podinfo'],
  );
  expect(error?.message).toBe(
    'offloading is in use: namespaces are offloaded (shop, podinfo) and there are peerings (us, ap)',
  );
  expect(error?.hint).toBe(
    'end that first: kubectl offload unoffload namespace shop podinfo; kubectl offload unpeer us; kubectl offload unpeer ap --forget',
  );
});

test.each<[string, string | undefined, readonly string[], boolean]>([
  ['a consumer that has left', 'None', ['True'], true],
  ['a consumer', 'None', ['False'], false],
  ['a consumer whose Tenant says nothing yet', undefined, [''], false],
  ['a consumer that has left and is our provider', 'Established', ['True'], false],
  ['a consumer that has left and come again', 'None', ['True', 'False'], false],
  ['one whose Tenant has gone', 'None', [], true],
  ['a ForeignCluster made by hand', undefined, [], false],
])('%s: ending by itself is %s', (_what, outgoingPeering, leaving, expected) => {
  const object = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'peering' } };
  const peering = {
    clusterID: 'us',
    foreignCluster: {
      ...object,
      spec: { clusterID: 'us' },
      status: outgoingPeering === undefined ? {} : { outgoingPeering },
    },
    tenants: leaving.map((status) => ({
      ...object,
      status: { conditions: status === '' ? [] : [{ type: 'Leaving', status }] },
    })),
  };
  expect(isEnding(peering as unknown as Parameters<typeof isEnding>[0])).toBe(expected);
});

const node = (labels: Record<string, string>, taints: { key: string; effect: string }[] = []) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', resourceVersion: '7', labels },
  spec: { taints },
});
const ours = { key: 'offloading.interspan.dev/provider-unreachable', effect: 'NoExecute' };
const theirs = { key: 'dedicated', effect: 'NoSchedule' };

test('only what is ours is taken off a node, and only from the version that was seen', () => {
  expect(cleansing(node({ tier: 'gold' }, [theirs]))).toBeUndefined();
  expect(
    cleansing(node({ 'namespace.offloading.interspan.dev/shop': 'true', tier: 'gold' }, [ours, theirs])),
  ).toEqual({
    metadata: { resourceVersion: '7', labels: { 'namespace.offloading.interspan.dev/shop': null } },
    spec: { taints: [theirs] },
  });
  expect(cleansing(node({}, [ours]))).toEqual({ metadata: { resourceVersion: '7' }, spec: { taints: null } });
});

test('a virtual node has both marks', () => {
  expect(isVirtual(node({ 'liqo.io/type': 'virtual-node', type: 'virtual-kubelet' }))).toBe(true);
  expect(isVirtual(node({ type: 'virtual-kubelet' }))).toBe(false);
});

test.each([
  ['system:serviceaccount:offload-system:offload-agent', true],
  ['system:node:n', false],
  [undefined, false],
])('a request for a certificate by %s is ours: %j', (username, ours) => {
  const request = { apiVersion: 'v1', kind: 'X', metadata: { name: 'offload-kubelet-x' } };
  expect(isOfAgent({ ...request, ...(username && { spec: { username } }) })).toBe(ours);
});
