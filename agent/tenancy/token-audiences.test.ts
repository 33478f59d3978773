import { expect, test } from 'vitest';
import { unusualAudiences } from './token-audiences.ts';

test.each([
  [[], undefined],
  [['https://kubernetes.default.svc.cluster.local', 'k3s'], undefined],
  [['https://kubernetes.default.svc', 'https://issuer.example.com/id'], 'https://issuer.example.com/id'],
  [['a', 'b'], 'a,b'],
  [['kubernetes.default.example.com'], 'kubernetes.default.example.com'],
  [['one, two'], undefined],
])('of %j the guard has to be told %j', (audiences, annotation) => {
  expect(unusualAudiences(audiences)).toBe(annotation);
});
