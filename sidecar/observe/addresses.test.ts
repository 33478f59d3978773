import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import {
  type AddressSources,
  exposedAddresses,
  exposedHostnames,
  hostAddresses,
  type ServingNodes,
  servingNodes,
} from './addresses.ts';

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

const shown = (addresses: readonly string[], hostnames: readonly string[] = [], byIngressNodes = true) => ({
  addresses,
  hostnames,
  what: 'Ingress web/app',
  byIngressNodes,
});
const ips = (...list: string[]) => shown(list);
const noPublished = shown([]);
const nodes: ServingNodes = { observed: true, addresses: ['192.0.2.1'], notServing: new Set(['192.0.2.2']) };
const unseen: ServingNodes = { observed: false, addresses: [], notServing: new Set(['192.0.2.2']) };

const known = new Map([
  ['lb.example.net', { addresses: ['198.51.100.7', '2001:db8::7'] }],
  ['old.example.net', { addresses: ['198.51.100.8'], problem: { reason: 'HostnameStale', message: '' } }],
]);

describe('the addresses of a host', () => {
  it.each<[string, Partial<AddressSources>, string, (string | undefined)?, string?]>([
    [
      'exposed names go before all else',
      { exposedHostnames: ['lb.example.net'], exposed: ['203.0.113.1'], policy: ['203.0.113.2'] },
      '198.51.100.7 2001:db8::7',
    ],
    [
      'exposed names that are not read yet let nothing else in',
      { exposedHostnames: ['new.example.net'], exposed: ['203.0.113.1'], published: ips('192.0.2.1') },
      '',
    ],
    [
      'a name that cannot be read any more keeps its last addresses, with a remark',
      { exposedHostnames: ['old.example.net', 'lb.example.net'] },
      '198.51.100.7 198.51.100.8 2001:db8::7',
      'HostnameStale',
    ],
    [
      'exposed addresses go before the policy',
      { exposed: ['203.0.113.1'], policy: ['203.0.113.2'], published: ips('192.0.2.1') },
      '203.0.113.1',
    ],
    ['an annotation without a usable address leaves none', { exposed: [], published: ips('192.0.2.1') }, ''],
    [
      'the policy goes before the status, in one spelling',
      { policy: ['203.0.113.2', '2001:DB8::0:2'], published: ips('192.0.2.1') },
      '2001:db8::2 203.0.113.2',
    ],
    ['the status goes before the nodes', { published: ips('203.0.113.9') }, '203.0.113.9'],
    [
      'a node in the status leaves while it runs no Ready ingress pod',
      { published: ips('192.0.2.1', '192.0.2.2') },
      '192.0.2.1',
      undefined,
      '192.0.2.2',
    ],
    ['all of them may leave', { published: ips('192.0.2.2') }, '', undefined, '192.0.2.2'],
    [
      'the status is believed while no ingress pod is seen',
      { published: ips('192.0.2.1', '192.0.2.2'), ingressNodes: unseen },
      '192.0.2.1 192.0.2.2',
    ],
    [
      'the status is believed where the ingress controller has no part in it',
      { published: shown(['192.0.2.2'], [], false) },
      '192.0.2.2',
    ],
    ['without status the nodes of the ingress controller count', { published: ips() }, '192.0.2.1'],
    [
      'without status and without nodes there is none, and a remark',
      { published: ips(), ingressNodes: unseen },
      '',
      'NoAddresses',
    ],
    [
      'the nodes do not count where the ingress controller has no part in it',
      { published: shown([], [], false) },
      '',
      'NoAddresses',
    ],
    [
      'a host name in the status counts beside an address',
      { published: shown(['203.0.113.9'], ['LB.example.net.']) },
      '198.51.100.7 2001:db8::7 203.0.113.9',
    ],
    [
      'a host name in the status that is not read yet keeps the nodes out',
      { published: shown([], ['new.example.net']) },
      '',
    ],
    [
      'a gateway that cannot be found leaves none, and its remark',
      { published: { ...shown([], [], false), problem: { reason: 'GatewayNotFound', message: '' } } },
      '',
      'GatewayNotFound',
    ],
    [
      'IPv6 beside IPv4, in one spelling, once, sorted',
      { published: ips('2001:DB8:0::1', '203.0.113.9', '2001:db8::1') },
      '2001:db8::1 203.0.113.9',
    ],
    ['0.0.0.0 and :: name no host', { published: ips('0.0.0.0', '::', '203.0.113.9') }, '203.0.113.9'],
  ])('%s', (_title, sources, expected, remark, notServing) => {
    const found = hostAddresses({
      exposedHostnames: undefined,
      exposed: undefined,
      policy: undefined,
      published: noPublished,
      ingressNodes: nodes,
      lookup: (name) => known.get(name),
      ...sources,
    });
    expect(found.addresses.join(' ')).toBe(expected);
    expect(found.notServing?.join(' ')).toBe(notServing);
    expect(found.remarks.map(({ reason }) => reason)).toEqual(remark === undefined ? [] : [remark]);
  });
});

describe('the exposed-hostnames annotation', () => {
  it.each([
    ['one, with a trailing dot', 'LB.example.net.', 'lb.example.net', ''],
    [
      'spaces around the commas, in its order',
      ' b.example.net , a.example.net',
      'b.example.net a.example.net',
      '',
    ],
    ['one that is named twice', 'a.example.net,,a.example.net', 'a.example.net', ''],
    ['an address, which is no name', '192.0.2.1,2001:db8::1', '', '192.0.2.1 2001:db8::1'],
    ['a wildcard, which is no host', '*.example.net', '', '*.example.net'],
  ])('reads %s', (_title, text, names, wrong) => {
    const read = exposedHostnames(text);
    expect([read.names.join(' '), read.wrong.join(' ')]).toEqual([names, wrong]);
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
