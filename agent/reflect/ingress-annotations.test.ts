import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ingressAnnotationPrefixes, ingressAnnotations } from './ingress-annotations.ts';

const guard = readFileSync(
  join(import.meta.dirname, '../../manifests/offload/guards/ingresses.yaml'),
  'utf8',
).replaceAll(/\s+/g, ' ');
const quoted = (text = ''): readonly string[] =>
  [...text.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
const nginx = 'nginx.ingress.kubernetes.io/';

test("what is reflected of an Ingress is what the provider's guard lets a tenant set, no less and no more", () => {
  const named = quoted(/\|\| k in \[([^\]]+)\]/.exec(guard)?.[1]);
  const ofNginx = quoted(/k\.substring\(28\) in \[([^\]]+)\]/.exec(guard)?.[1]);
  expect(nginx).toHaveLength(28);
  expect([...named, ...ofNginx.map((name) => `${nginx}${name}`)].sort()).toEqual(
    [...ingressAnnotations].sort(),
  );
  const prefixes = [...guard.matchAll(/\|\| k\.startsWith\(('[^']+')\)/g)].flatMap(([, text]) =>
    quoted(text),
  );
  // kubectl's own annotation is this cluster's; the guard lets it pass for people with kubectl.
  expect(prefixes.filter((prefix) => prefix !== nginx && prefix !== 'kubectl.kubernetes.io/').sort()).toEqual(
    [...ingressAnnotationPrefixes].sort(),
  );
});
