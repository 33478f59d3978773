import { expect, test } from 'vitest';
import type { GrantFlags } from './grant-flags.ts';
import { tenantSpec, tokenSeconds } from './tenant-spec.ts';

const none: GrantFlags = {
  'allow-namespace': [],
  cpu: undefined,
  memory: undefined,
  pods: undefined,
  resource: [],
  'ingress-host': [],
  'api-server-url': undefined,
  ttl: '1h',
};

test('nothing given grants the defaults', () => {
  expect(tenantSpec(none)).toEqual({ tenantCondition: 'Active' });
});

test('what is given', () => {
  expect(
    tenantSpec({
      ...none,
      'allow-namespace': ['podinfo', 'shop-*'],
      cpu: '1500m',
      memory: '8Gi',
      pods: 50,
      resource: ['ephemeral-storage=10Gi'],
      'ingress-host': ['*.example.com'],
    }),
  ).toEqual({
    tenantCondition: 'Active',
    allowedNamespaces: ['podinfo', 'shop-*'],
    resources: { cpu: '1500m', memory: '8Gi', pods: '50', 'ephemeral-storage': '10Gi' },
    ingressHosts: ['*.example.com'],
  });
});

test.each<[Partial<GrantFlags>, string]>([
  [{ cpu: 'four' }, 'is no amount of cpu'],
  [{ memory: '8GB' }, 'is no amount of memory'],
  [{ resource: ['x'] }, 'is not NAME=AMOUNT'],
  [{ 'allow-namespace': ['Shop'] }, 'matches no name'],
  [{ 'ingress-host': ['a b'] }, 'matches no name'],
])('%j is refused', (flags, message) => {
  expect(() => tenantSpec({ ...none, ...flags })).toThrow(message);
});

test.each([
  ['10m', 600],
  ['24h', 86_400],
  ['600', 600],
])('a token of %s lives %i seconds', (ttl, seconds) => {
  expect(tokenSeconds({ ttl })).toBe(seconds);
});

test.each(['9m', '25h', '0'])('a token of %s is refused', (ttl) => {
  expect(() => tokenSeconds({ ttl })).toThrow('is not between 10m and 24h');
});
