import { expect, test } from 'vitest';
import {
  type DescribedNode,
  describeNodes,
  type GatewayService,
  nodePortAddresses,
} from './describe-cluster.ts';

const node = (
  address: string,
  version = 'v1.36.3',
  architecture = 'amd64',
  more: { readonly ready?: string; readonly type?: string } = {},
): DescribedNode => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: address, labels: { 'liqo.io/type': more.type ?? 'real' } },
  status: {
    addresses: [
      { type: 'Hostname', address: 'host' },
      { type: 'InternalIP', address },
    ],
    conditions: [{ type: 'Ready', status: more.ready ?? 'True' }],
    nodeInfo: { kubeletVersion: version, architecture },
  },
});

test('versions are compared as numbers, the most frequent architecture counts, virtual nodes do not', () => {
  expect(
    describeNodes([
      node('a', 'v1.36.3', 'arm64'),
      node('b', 'v1.9.11+k3s1'),
      node('c', 'v1.10.0'),
      node('d', 'v1.0.0', 'arm64', { type: 'virtual-node' }),
    ]),
  ).toEqual({ kubeletVersion: 'v1.9.11+k3s1', architecture: 'amd64' });
  expect(describeNodes([])).toEqual({ kubeletVersion: '', architecture: '' });
});

test('the gateway is where the NodePort is: real nodes that are Ready', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'offload-gateway' },
    spec: {
      ports: [
        { name: 'other', nodePort: 1 },
        { name: 'gateway', nodePort: 30_000 },
      ],
    },
  } satisfies GatewayService;
  const nodes = [
    node('192.0.2.2'),
    node('2001:db8::1'),
    node('192.0.2.3', 'v1', 'amd64', { ready: 'Unknown' }),
    node('192.0.2.4', 'v1', 'amd64', { type: 'virtual-node' }),
  ];
  expect(nodePortAddresses(nodes, service)).toEqual(['192.0.2.2:30000', '[2001:db8::1]:30000']);
  expect(nodePortAddresses(nodes, undefined)).toEqual([]);
  expect(nodePortAddresses(nodes, { ...service, spec: { ports: [{ name: 'gateway' }] } })).toEqual([]);
});
