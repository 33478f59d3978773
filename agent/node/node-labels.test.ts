import { expect, test } from 'vitest';
import { clusterLabels, nodeLabels } from './node-labels.ts';

const input = {
  nodeName: 'liqo-us',
  clusterID: 'us',
  grant: { architecture: 'arm64', nodeLabels: {} },
  namespaces: [],
} as const;
const given = (labels: Record<string, string>) =>
  clusterLabels({ ...input, grant: { architecture: 'arm64', nodeLabels: labels } });

test('a node carries the labels of Liqo, the architecture of its provider and a label per namespace', () => {
  expect(nodeLabels({ ...input, namespaces: ['podinfo', 'default'] })).toEqual({
    type: 'virtual-kubelet',
    'kubernetes.io/hostname': 'liqo-us',
    'kubernetes.io/role': 'agent',
    'node-role.kubernetes.io/agent': '',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'arm64',
    'liqo.io/type': 'virtual-node',
    'liqo.io/remote-cluster-id': 'us',
    'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
    'alpha.service-controller.kubernetes.io/exclude-balancer': 'true',
    'namespace.offloading.interspan.dev/podinfo': 'true',
    'namespace.offloading.interspan.dev/default': 'true',
  });
  expect(Object.keys(nodeLabels(input))).toEqual(Object.keys(clusterLabels(input)));
});

test.each([
  ['topology.kubernetes.io/region', 'south'],
  ['topology.liqo.io/region', 'south'],
  ['node.kubernetes.io/instance-type', 'large'],
  ['liqo.io/provider', 'k3s'],
  ['region', ''],
])('a provider may give %s=%j', (key, value) => {
  expect(given({ [key]: value })).toMatchObject({ [key]: value });
});

test.each([
  ['namespace.offloading.interspan.dev/secret', 'true'],
  ['node-role.kubernetes.io/control-plane', ''],
  ['node.kubernetes.io/exclude-disruption', ''],
  ['alpha.service-controller.k8s.io/x', 'true'],
  ['two/slashes/here', 'x'],
  ['bad key', 'x'],
  ['key', 'bad value'],
  ['key', 'x'.repeat(64)],
  ['/name', 'x'],
])('a provider may not give %s=%j', (key, value) => {
  expect(given({ [key]: value })).toEqual(given({}));
});

test('a provider cannot override what is ours', () => {
  expect(given({ 'liqo.io/type': 'real', 'liqo.io/remote-cluster-id': 'eu', type: 'x' })).toEqual(given({}));
});
