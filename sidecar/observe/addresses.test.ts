import { describe, expect, it } from 'vitest';
import type { Ingress, Node, Pod } from '#core/api/kubernetes.ts';
import { exposedAddresses, hostAddresses, type ServingNodes, servingNodes } from './addresses.ts';

const node = (name: string, ...addresses: string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    addresses: addresses.map((text) => {
      const external = text.startsWith('ext:');
      return { type: external ? 'ExternalIP' : 'InternalIP', address: text.replace('ext:', '') };
    }),
  },
});

type PodFacts = { ready?: 'True' | 'False' | 'none'; deleted?: boolean; hostNetwork?: boolean };
const pod = (nodeName: string, { ready = 'True', deleted, hostNetwork = true }: PodFacts = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `p-${nodeName}`, ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
  spec: { nodeName, hostNetwork },
  status: ready === 'none' ? {} : { conditions: [{ type: 'Ready', status: ready }] },
});

const two = [node('n1', '192.0.2.1', 'ext:198.51.100.1'), node('n2', '192.0.2.2', 'ext:198.51.100.2')];

describe('which nodes serve', () => {
  it.each([
    ['a node with a Ready pod serves', [pod('n1')], '192.0.2.1'],
    ['a pod that is not Ready does not count', [pod('n1', { ready: 'False' }), pod('n2')], '192.0.2.2'],
    ['a pod without the condition does not count', [pod('n1', { ready: 'none' }), pod('n2')], '192.0.2.2'],
    ['a Ready pod that is being deleted does not count', [pod('n1', { deleted: true })], ''],
    ['a pod off the host network says nothing of its node', [pod('n1', { hostNetwork: false })], ''],
    [
      'a second, unready pod on a node takes nothing away',
      [pod('n1'), pod('n1', { ready: 'False' })],
      '192.0.2.1',
    ],
    ['a pod on a node that is gone has no address', [pod('n9')], ''],
  ])('%s', (_title, pods, addresses) => {
    expect(servingNodes(pods, two).addresses.join(' ')).toBe(addresses);
  });

  it('lists ExternalIPs when asked for them', () => {
    expect(servingNodes([pod('n2')], two, 'ExternalIP').addresses).toEqual(['198.51.100.2']);
  });

  it('knows all addresses of the nodes that do not serve', () => {
    expect([...servingNodes([pod('n1')], two).notServing].sort()).toEqual(['192.0.2.2', '198.51.100.2']);
  });

  it('does not hold an address against a node that shares it with a serving one', () => {
    const behindNat = [
      node('n1', '192.0.2.1', 'ext:198.51.100.1'),
      node('n2', '192.0.2.2', 'ext:198.51.100.1'),
    ];
    expect([...servingNodes([pod('n1')], behindNat).notServing]).toEqual(['192.0.2.2']);
  });

  it.each([
    ['nothing when no pod is seen', [], false],
    ['nothing when only pods off the host network are seen', [pod('n1', { hostNetwork: false })], false],
    ['something when a pod is seen, Ready or not', [pod('n1', { ready: 'False' })], true],
  ])('knows %s', (_title, pods, observed) => {
    expect(servingNodes(pods, two).observed).toBe(observed);
  });
});

const ingress = (...entries: { ip?: string; hostname?: string }[]): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'app' },
  status: { loadBalancer: { ingress: entries } },
});
const ips = (...list: string[]) => ingress(...list.map((ip) => ({ ip })));
const nodes: ServingNodes = { observed: true, addresses: ['192.0.2.1'], notServing: new Set(['192.0.2.2']) };
const unseen: ServingNodes = { observed: false, addresses: [], notServing: new Set(['192.0.2.2']) };

describe('the addresses of a host', () => {
  it.each([
    ['the annotation goes before all else', ['203.0.113.1'], ips('192.0.2.1'), nodes, '203.0.113.1'],
    ['an annotation without a usable address leaves none', [], ips('192.0.2.1'), nodes, ''],
    ['the status goes before the nodes', undefined, ips('203.0.113.9'), nodes, '203.0.113.9'],
    [
      'a node in the status leaves while it runs no Ready ingress pod',
      undefined,
      ips('192.0.2.1', '192.0.2.2'),
      nodes,
      '192.0.2.1',
    ],
    ['all of them may leave', undefined, ips('192.0.2.2'), nodes, ''],
    [
      'the status is believed while no ingress pod is seen',
      undefined,
      ips('192.0.2.1', '192.0.2.2'),
      unseen,
      '192.0.2.1 192.0.2.2',
    ],
    ['without status the nodes of the ingress controller count', undefined, ips(), nodes, '192.0.2.1'],
    ['without Ingress too', undefined, undefined, nodes, '192.0.2.1'],
    [
      'a host name in the status is no address',
      undefined,
      ingress({ hostname: 'lb.example.net' }),
      nodes,
      '192.0.2.1',
    ],
    [
      'IPv6 beside IPv4, in one spelling, once, sorted',
      undefined,
      ips('2001:DB8:0::1', '203.0.113.9', '2001:db8::1'),
      nodes,
      '2001:db8::1 203.0.113.9',
    ],
    ['0.0.0.0 and :: name no host', undefined, ips('0.0.0.0', '::', '203.0.113.9'), nodes, '203.0.113.9'],
  ] as const)('%s', (_title, exposed, object, serving, expected) => {
    expect(hostAddresses(exposed, object, serving).join(' ')).toBe(expected);
  });
});

describe('the exposed-ip-addresses annotation', () => {
  it.each([
    ['one', '192.0.2.1', '192.0.2.1', ''],
    ['spaces around the commas', ' 192.0.2.2 , 192.0.2.1 ', '192.0.2.1 192.0.2.2', ''],
    ['IPv6 in any spelling', '2001:DB8::0:1', '2001:db8::1', ''],
    ['a double comma', '192.0.2.1,,192.0.2.1', '192.0.2.1', ''],
    ['what is no address', '192.0.2.1,lb.example.net,1.2.3', '192.0.2.1', 'lb.example.net 1.2.3'],
    ['an address with a zone id', 'fe80::1%eth0', '', 'fe80::1%eth0'],
    ['the unspecified address', '0.0.0.0', '', '0.0.0.0'],
  ])('reads %s', (_title, text, addresses, wrong) => {
    const read = exposedAddresses(text);
    expect([read.addresses.join(' '), read.wrong.join(' ')]).toEqual([addresses, wrong]);
  });
});
