import { expect, test } from 'vitest';
import { objectSchema } from './custom-kind.ts';
import { type Gslb, gslbKind, legacyGslbKind } from './gslb/schema.ts';
import type { IngressSpec } from './kubernetes.ts';
import { prune } from './prune.ts';
import { validate } from './validate.ts';
import { zoneDelegationKind } from './zone-delegation/schema.ts';

const gslb = (spec: unknown) => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { name: 'a' },
  spec,
});
const http = {
  paths: [
    { path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { name: 'http' } } } },
  ],
};
const delegation = (spec: unknown) => ({ spec });

const accepted: readonly [string, unknown][] = [
  [
    'embedded Ingress',
    { ingress: { rules: [{ host: 'a.example', http }] }, strategy: { type: 'roundRobin' } },
  ],
  [
    'reference with labels',
    {
      resourceRef: { kind: 'Ingress', matchLabels: { app: 'a' } },
      strategy: { type: 'failover', primaryGeoTag: 'us-east-1' },
    },
  ],
  ['weights', { strategy: { type: 'roundRobin', weight: { eu: 0, 'us-1': 1000 } } }],
  ['a primary that no cluster can be called', { strategy: { type: 'failover', primaryGeoTag: 'e.u' } }],
  ['a strategy that nobody knows', { strategy: { type: 'nearest' } }],
  ['null for an absent field', { strategy: { type: 'roundRobin', weight: null } }],
];
test.each(accepted)('a Gslb with %s is sound', (_, spec) => {
  expect(validate(objectSchema(gslbKind), gslb(spec))).toEqual([]);
});

const refused: readonly [string, unknown, string, string][] = [
  ['no spec', undefined, 'spec', 'is required'],
  ['no strategy', {}, 'spec.strategy', 'is required'],
  ['a null strategy', { strategy: null }, 'spec.strategy', 'is required'],
  ['a list for spec', [], 'spec', 'must be an object, found a list'],
  [
    'a rule without http',
    { ingress: { rules: [{ host: 'a' }] }, strategy: { type: 'x' } },
    'spec.ingress.rules[0].http',
    'is required',
  ],
  ['a number for a type', { strategy: { type: 5 } }, 'spec.strategy.type', 'must be a string, found 5'],
  [
    'a fraction of a second',
    { strategy: { type: 'x', dnsTtlSeconds: 1.5 } },
    'spec.strategy.dnsTtlSeconds',
    'must be an integer, found 1.5',
  ],
  [
    'a negative TTL',
    { strategy: { type: 'x', dnsTtlSeconds: -1 } },
    'spec.strategy.dnsTtlSeconds',
    'must be at least 0, found -1',
  ],
  [
    'a weight out of range',
    { strategy: { type: 'x', weight: { eu: 1001 } } },
    'spec.strategy.weight.eu',
    'must be at most 1000, found 1001',
  ],
  [
    'a weight for no geotag',
    { strategy: { type: 'x', weight: { 'e u': 1 } } },
    'spec.strategy.weight',
    'a key of weight is a geotag: letters, digits and dashes',
  ],
  [
    'a policy that nobody knows',
    { serviceHealthPolicy: 'Most', strategy: { type: 'x' } },
    'spec.serviceHealthPolicy',
    'must be one of Any, All, found "Most"',
  ],
];
test.each(refused)('a Gslb with %s is refused', (_, spec, path, message) => {
  expect(validate(objectSchema(gslbKind), gslb(spec))).toEqual([{ path, message }]);
});

test.each<[string, unknown, readonly string[]]>([
  [
    'a child zone',
    { loadBalancedZone: 'cloud.example.com', parentZone: 'example.com', dnsZoneNegTTL: 30 },
    [],
  ],
  [
    'a zone that is its own parent',
    { loadBalancedZone: 'a.b', parentZone: 'a.b', dnsZoneNegTTL: 30 },
    ['loadBalancedZone must not equal parentZone', 'loadBalancedZone must be subdomain'],
  ],
  [
    'a zone that only ends alike',
    { loadBalancedZone: 'xexample.com', parentZone: 'example.com', dnsZoneNegTTL: 30 },
    ['loadBalancedZone must be subdomain'],
  ],
  ['no TTL', { loadBalancedZone: 'a.b', parentZone: 'b' }, ['is required']],
])('a ZoneDelegation with %s is judged as by its CEL rules', (_, spec, messages) => {
  const found = validate(objectSchema(zoneDelegationKind), delegation(spec)).map(
    (problem) => problem.message,
  );
  expect(found).toEqual(messages);
});

test('pruning fills in defaults, drops unknown fields and names them', () => {
  const spec = {
    strategy: { type: 'x', colour: 'red' },
    ingress: { rules: [{ host: 'a', http, https: {} }] },
  };
  const { value, unknown } = prune(objectSchema(gslbKind), gslb(spec));
  expect(value).toEqual({
    ...gslb({
      strategy: { type: 'x' },
      ingress: { rules: [{ host: 'a', http }] },
      serviceHealthPolicy: 'Any',
    }),
  });
  expect(unknown).toEqual(['spec.strategy.colour', 'spec.ingress.rules[0].https']);
});

test('the legacy group has no serviceHealthPolicy', () => {
  const spec = { strategy: { type: 'x' }, serviceHealthPolicy: 'All' };
  expect(prune(objectSchema(legacyGslbKind), gslb(spec))).toEqual({
    value: gslb({ strategy: { type: 'x' } }),
    unknown: ['spec.serviceHealthPolicy'],
  });
});

test('a hostile key of a map stays data', () => {
  const spec = JSON.parse('{"strategy":{"type":"x"},"resourceRef":{"matchLabels":{"__proto__":"a"}}}');
  const pruned = prune(objectSchema(gslbKind), gslb(spec)).value as Gslb;
  expect(Object.keys(pruned.spec?.resourceRef?.matchLabels ?? {})).toEqual(['__proto__']);
});

test('the embedded Ingress can be read as an IngressSpec', () => {
  const example: Gslb = gslb({ strategy: { type: 'x' }, ingress: { rules: [{ host: 'a', http }] } }) as Gslb;
  const rules: IngressSpec['rules'] = example.spec?.ingress?.rules;
  expect(rules?.[0]?.http?.paths[0]?.backend.service?.name).toBe('podinfo');
});
