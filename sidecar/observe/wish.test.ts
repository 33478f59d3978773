import { describe, expect, it } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress } from '#core/api/kubernetes.ts';
import { readGslb, readIngress, type Wish } from './wish.ts';

type Spec = NonNullable<Gslb['spec']>;
const metadata = {
  name: 'app',
  namespace: 'web',
  uid: 'u',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const gslb = (spec: Partial<Spec> | undefined, annotations: Record<string, string> = {}): Gslb => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { ...metadata, annotations },
  ...(spec === undefined
    ? {}
    : { spec: { strategy: { type: 'roundRobin' }, ingress: { rules: [] }, ...spec } }),
});
const ingress = (annotations: Record<string, string>): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { ...metadata, annotations },
});
const of = (spec: Partial<Spec> | undefined, annotations = {}) =>
  readGslb(gslb(spec, annotations), 'k8gb.io');
const ofIngress = (annotations: Record<string, string>) =>
  readIngress(ingress({ 'k8gb.io/strategy': 'roundRobin', ...annotations }), 'k8gb.io', undefined);

describe('a Gslb', () => {
  it.each([
    ['no TTL is 30 s', {}, { ttlSeconds: 30 }],
    ['TTL 0 is 30 s', { strategy: { type: 'roundRobin', dnsTtlSeconds: 0 } }, { ttlSeconds: 30 }],
    ['a TTL is taken', { strategy: { type: 'roundRobin', dnsTtlSeconds: 5 } }, { ttlSeconds: 5 }],
    ['the health policy is Any by itself', {}, { policy: 'Any' }],
    ['the health policy may be All', { serviceHealthPolicy: 'All' as const }, { policy: 'All' }],
    [
      'the primary is compared without regard to case',
      { strategy: { type: 'failover', primaryGeoTag: 'EU' } },
      { strategy: { type: 'failover', primaryGeoTag: 'eu' } },
    ],
    [
      'splitBrainThresholdSeconds means nothing',
      { strategy: { type: 'roundRobin', splitBrainThresholdSeconds: 300 } },
      { warnings: [] },
    ],
    [
      'weights are taken',
      { strategy: { type: 'roundRobin', weight: { EU: 1 } } },
      { strategy: { type: 'roundRobin', weights: { eu: 1 } }, warnings: [] },
    ],
    [
      'failover without a primary has a warning',
      { strategy: { type: 'failover' } },
      { warnings: [{ reason: 'MissingPrimaryGeoTag' }] },
    ],
    ['an empty reference is none', { resourceRef: {} }, { route: { kind: 'embedded' } }],
    [
      'a reference goes before an embedded Ingress',
      { resourceRef: { kind: 'Ingress', name: 'x' } },
      { route: { kind: 'named', namespace: 'web', name: 'x', target: { resource: { kind: 'Ingress' } } } },
    ],
    [
      'a name may be in another namespace',
      { resourceRef: { kind: 'Ingress', name: 'x', namespace: 'shop' } },
      { route: { kind: 'named', namespace: 'shop', name: 'x' } },
    ],
    [
      'labels select where there is no name',
      { resourceRef: { kind: 'Ingress', matchLabels: { a: 'b' } } },
      { route: { kind: 'selected', namespace: 'web', selector: { text: 'a=b' } } },
    ],
    [
      'labels and expressions select together, in the namespace of the Gslb alone',
      {
        resourceRef: {
          kind: 'HTTPRoute',
          namespace: 'shop',
          matchLabels: { a: 'b' },
          matchExpressions: [
            { key: 'c', operator: 'NotIn', values: ['d', 'e'] },
            { key: 'f', operator: 'Exists' },
            { key: 'g', operator: 'DoesNotExist' },
          ],
        },
      },
      { route: { kind: 'selected', namespace: 'web', selector: { text: 'a=b,c notin (d,e),f,!g' } } },
    ],
    [
      'a kind is read in the version that the reference names',
      { resourceRef: { apiVersion: 'gateway.networking.k8s.io/v1alpha2', kind: 'TLSRoute', name: 'x' } },
      { route: { target: { resource: { plural: 'tlsroutes', version: 'v1alpha2' } } } },
    ],
    [
      'without a version in the newest',
      { resourceRef: { kind: 'TLSRoute', name: 'x' } },
      { route: { target: { resource: { version: 'v1' } } } },
    ],
    [
      'a VirtualService has the gateway of its version',
      { resourceRef: { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', name: 'x' } },
      { route: { target: { gateway: { group: 'networking.istio.io', version: 'v1beta1' } } } },
    ],
  ])('%s', (_title, spec, expected) => {
    expect(of(spec)).toMatchObject(expected);
  });

  it.each([
    ['no spec at all', undefined, 'NoHosts'],
    ['neither reference nor Ingress', { ingress: undefined as never }, 'NoHosts'],
    ['no strategy', { strategy: undefined as never }, 'UnknownStrategy'],
    ['an unknown strategy', { strategy: { type: 'RoundRobin' } }, 'UnknownStrategy'],
    ['a negative TTL', { strategy: { type: 'roundRobin', dnsTtlSeconds: -1 } }, 'InvalidTtl'],
    ['a TTL over 31 bits', { strategy: { type: 'roundRobin', dnsTtlSeconds: 2 ** 31 } }, 'InvalidTtl'],
    [
      'a reference to a kind that nobody knows',
      { resourceRef: { kind: 'Pod', name: 'x' } },
      'ResourceRefNotSupported',
    ],
    [
      'a reference to a kind of another group',
      { resourceRef: { apiVersion: 'extensions/v1beta1', kind: 'Ingress', name: 'x' } },
      'ResourceRefNotSupported',
    ],
    ['a reference that names nothing', { resourceRef: { kind: 'Ingress' } }, 'ResourceRefIncomplete'],
    [
      'an operator that is none',
      {
        resourceRef: { kind: 'Ingress', matchExpressions: [{ key: 'a', operator: 'Equals', values: ['b'] }] },
      },
      'ResourceRefInvalid',
    ],
    [
      'an operator without its values',
      { resourceRef: { kind: 'Ingress', matchExpressions: [{ key: 'a', operator: 'In' }] } },
      'ResourceRefInvalid',
    ],
    [
      'an operator with values that it does not take',
      {
        resourceRef: { kind: 'Ingress', matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      },
      'ResourceRefInvalid',
    ],
  ])('is refused for %s, with a remedy', (_title, spec, reason) => {
    expect(of(spec)).toMatchObject({ refusal: { reason, message: expect.stringMatching(/.{20}/) } });
  });

  it.each([
    ['absent', {}, undefined, []],
    ['empty', { 'k8gb.io/exposed-ip-addresses': ' ' }, undefined, []],
    ['two', { 'k8gb.io/exposed-ip-addresses': '192.0.2.2, 192.0.2.1' }, ['192.0.2.1', '192.0.2.2'], []],
    ['wrong', { 'k8gb.io/exposed-ip-addresses': 'lb' }, [], ['ExposedAddressInvalid']],
    ['host names', { 'k8gb.io/exposed-hostnames': '192.0.2.1' }, undefined, ['ExposedHostnameInvalid']],
  ])('exposed addresses: %s', (_title, annotations, exposed, warnings) => {
    const wish = of({}, annotations) as Wish;
    expect(wish.exposed).toEqual(exposed);
    expect(wish.warnings.map(({ reason }) => reason)).toEqual(warnings);
  });
});

describe('an annotated Ingress', () => {
  it.each([
    ['no TTL is 30 s', {}, { ttlSeconds: 30 }],
    ['an empty TTL is none', { 'k8gb.io/dns-ttl-seconds': '' }, { ttlSeconds: 30 }],
    ['a TTL is taken', { 'k8gb.io/dns-ttl-seconds': ' 5 ' }, { ttlSeconds: 5 }],
    ['it refers to itself', {}, { route: { kind: 'named', namespace: 'web', name: 'app' } }],
    [
      'failover has its primary',
      { 'k8gb.io/strategy': 'failover', 'k8gb.io/primary-geotag': 'us' },
      { strategy: { type: 'failover', primaryGeoTag: 'us' } },
    ],
    [
      'its Gslb is not written yet, and the youngest of all',
      {},
      { uid: '', generation: 0, createdAtMs: Number.POSITIVE_INFINITY },
    ],
  ])('%s', (_title, annotations, expected) => {
    expect(ofIngress(annotations)).toMatchObject(expected);
  });

  it('keeps the weights that were set on its Gslb by hand, as k8gb does', () => {
    const made = gslb({ strategy: { type: 'roundRobin', weight: { eu: 2, us: 1 } } });
    const annotated = ingress({ 'k8gb.io/strategy': 'roundRobin' });
    expect(readIngress(annotated, 'k8gb.io', made)).toMatchObject({
      strategy: { weights: { eu: 2, us: 1 } },
    });
  });

  it.each([
    ['a TTL that is no number', { 'k8gb.io/dns-ttl-seconds': '30s' }, 'InvalidTtl'],
    ['a negative TTL', { 'k8gb.io/dns-ttl-seconds': '-1' }, 'InvalidTtl'],
    ['a fraction of a second', { 'k8gb.io/dns-ttl-seconds': '1.5' }, 'InvalidTtl'],
    ['a TTL over 31 bits', { 'k8gb.io/dns-ttl-seconds': '2147483648' }, 'InvalidTtl'],
    ['an unknown strategy', { 'k8gb.io/strategy': 'random' }, 'UnknownStrategy'],
    ['failover without a primary', { 'k8gb.io/strategy': 'failover' }, 'MissingPrimaryGeoTag'],
  ])('is refused for %s', (_title, annotations, reason) => {
    expect(ofIngress(annotations)).toMatchObject({ refusal: { reason } });
  });
});
