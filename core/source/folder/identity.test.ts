import { expect, test } from 'vitest';
import { gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import { withIdentity } from './identity.ts';

const now = { createdAt: '2026-01-01T00:00:00.000Z', resourceVersion: '7' };
const object = (spec: unknown, more: object = {}) => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { name: 'a', namespace: 'n', ...more },
  spec,
});

test('a new object gets all that an API server gives', () => {
  const { metadata } = withIdentity(gslbs, object({ a: 1 }), undefined, now);
  expect(metadata).toMatchObject({ generation: 1, resourceVersion: '7', creationTimestamp: now.createdAt });
  expect(metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the uid depends on kind, group, namespace and name alone', () => {
  const uid = (resource = gslbs, name = 'a') =>
    withIdentity(resource, object({}, { name }), undefined, now).metadata.uid;
  expect(uid()).toBe(uid());
  expect(new Set([uid(), uid(legacyGslbs), uid(gslbs, 'b')]).size).toBe(3);
});

test('an unchanged object keeps its identity, even as a reference', () => {
  const first = withIdentity(gslbs, object({ a: 1 }), undefined, now);
  const later = { createdAt: '2027-01-01T00:00:00.000Z', resourceVersion: '9' };
  expect(withIdentity(gslbs, object({ a: 1 }), first, later)).toBe(first);
});

test.each<[string, object, number]>([
  ['a change of spec', object({ a: 2 }), 2],
  ['a new label', object({ a: 1 }, { labels: { x: 'y' } }), 1],
  ['a new status', { ...object({ a: 1 }), status: { geoTag: 'eu' } }, 1],
])('%s leaves the generation at what an API server would', (_, changed, generation) => {
  const first = withIdentity(gslbs, object({ a: 1 }), undefined, now);
  const { metadata } = withIdentity(gslbs, changed as typeof first, first, { ...now, resourceVersion: '8' });
  expect(metadata).toMatchObject({ generation, resourceVersion: '8', creationTimestamp: now.createdAt });
});

test('what the file says of uid and creation is kept', () => {
  const said = object({}, { uid: 'u', creationTimestamp: '2020-01-01T00:00:00Z' });
  expect(withIdentity(gslbs, said, undefined, now).metadata).toMatchObject({
    uid: 'u',
    creationTimestamp: '2020-01-01T00:00:00Z',
  });
});
