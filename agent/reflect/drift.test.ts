import { expect, test } from 'vitest';
import { repair } from './drift.ts';
import type { Reflected, ReflectedKind } from './reflected.ts';

const object = (kind: ReflectedKind, more: Partial<Reflected> = {}): Reflected => ({
  apiVersion: 'v1',
  kind,
  ...more,
  metadata: { name: 'a', namespace: 'n', labels: { origin: 'eu' }, ...more.metadata },
});
const remote = (kind: ReflectedKind, more: Partial<Reflected> = {}): Reflected => ({
  ...object(kind, more),
  metadata: { ...object(kind, more).metadata, uid: 'u', resourceVersion: '3', creationTimestamp: 't' },
});

const kinds: readonly [string, ReflectedKind, Partial<Reflected>, Partial<Reflected>, string][] = [
  ['equal data', 'ConfigMap', { data: { a: '1' } }, { data: { a: '1' } }, 'none'],
  ['other data', 'ConfigMap', { data: { a: '2' } }, { data: { a: '1' } }, 'replace'],
  ['a key too many', 'ConfigMap', { data: { a: '1', b: '2' } }, { data: { a: '1' } }, 'replace'],
  ['immutable now', 'ConfigMap', { data: { a: '1' } }, { data: { a: '1' }, immutable: true }, 'replace'],
  [
    'immutable, equal',
    'ConfigMap',
    { data: { a: '1' }, immutable: true },
    { data: { a: '1' }, immutable: true },
    'none',
  ],
  [
    'immutable, other',
    'ConfigMap',
    { data: { a: '2' }, immutable: true },
    { data: { a: '1' }, immutable: true },
    'recreate',
  ],
  ['no longer immutable', 'Secret', { type: 'Opaque', immutable: true }, { type: 'Opaque' }, 'recreate'],
  ['another type', 'Secret', { type: 'Opaque' }, { type: 'kubernetes.io/tls' }, 'recreate'],
  [
    'an address of its own',
    'Service',
    { spec: { clusterIP: '10.1.1.1', type: 'ClusterIP' } },
    { spec: { type: 'ClusterIP' } },
    'none',
  ],
  [
    'headless now',
    'Service',
    { spec: { clusterIP: '10.1.1.1' } },
    { spec: { clusterIP: 'None' } },
    'recreate',
  ],
  [
    'a class of its own',
    'Ingress',
    { spec: { ingressClassName: 'x', rules: [] } },
    { spec: { rules: [] } },
    'none',
  ],
  [
    'a status',
    'Ingress',
    { spec: {}, status: { loadBalancer: { ingress: [{ ip: '1.1.1.1' }] } } },
    { spec: {} },
    'none',
  ],
];
test.each(kinds)('%s of a %s', (_, kind, held, desired, expected) => {
  expect(repair(kind, remote(kind, held), object(kind, desired)).kind).toBe(expected);
});

const annotated = (annotations: Record<string, string>): Partial<Reflected> => ({
  metadata: { name: 'a', namespace: 'n', labels: { origin: 'eu' }, annotations },
});
const record = 'offloading.interspan.dev/reflected-annotations';

test('annotations of the provider stay, of ours exactly the desired ones', () => {
  const held = remote('ConfigMap', annotated({ theirs: '1', gone: '1', kept: 'old', [record]: 'gone,kept' }));
  const desired = object('ConfigMap', annotated({ kept: 'new', [record]: 'kept' }));
  const what = repair('ConfigMap', held, desired);
  expect(what.kind === 'replace' && what.object.metadata.annotations).toEqual({
    theirs: '1',
    kept: 'new',
    [record]: 'kept',
  });
  const left = repair('ConfigMap', held, object('ConfigMap'));
  expect(left.kind === 'replace' && left.object.metadata.annotations).toEqual({ theirs: '1' });
});

test('a label that was added there goes, and what replaces it is of the version that was seen', () => {
  const held = remote('ConfigMap', { metadata: { name: 'a', labels: { origin: 'eu', extra: '1' } } });
  const what = repair('ConfigMap', held, object('ConfigMap'));
  expect(what.kind === 'replace' && what.object.metadata).toMatchObject({
    resourceVersion: '3',
    labels: { origin: 'eu' },
  });
  expect(what.kind === 'replace' && what.object.metadata.labels).toEqual({ origin: 'eu' });
});
