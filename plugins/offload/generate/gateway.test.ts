import { expect, test } from 'vitest';
import type { Node, Service } from '#core/api/kubernetes.ts';
import { certificates } from './api-server.ts';
import { nodeAddresses } from './gateway.ts';

const node = (name: string, address: string, ready: boolean, labels = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels },
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      { type: 'InternalIP', address },
    ],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});
const service = (ports: readonly object[]): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'offload-gateway' },
  spec: { ports: ports as never },
});

test('InternalIPs of real nodes with the NodePort, Ready ones first', () => {
  const nodes = [
    node('a', '10.0.0.1', false),
    node('b', '2001:db8::2', true),
    node('liqo-us', '10.0.0.9', true, { 'liqo.io/type': 'virtual-node' }),
  ];
  expect(nodeAddresses(nodes, service([{ port: 5871, nodePort: 31_871 }]))).toEqual([
    '[2001:db8::2]:31871',
    '10.0.0.1:31871',
  ]);
  expect(nodeAddresses(nodes, service([{ port: 5871 }]))).toEqual([]);
});

test('every certificate once, however often and in whichever text it stands', () => {
  const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
  expect(certificates([`${pem('A')}# a comment\n${pem('B')}`, pem('A').replaceAll('\n', '\r\n'), ''])).toBe(
    pem('A') + pem('B'),
  );
  expect(certificates(['-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n'])).toBe('');
});
