import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advisedLength, checkClusterID, idFrom } from './cluster-id.ts';

test.each([
  ['kind-eu', 'kind-eu'],
  ['gke_my-project_europe-west1-b_Prod', 'gke-my-project-europe-west1-b-prod'],
  ['arn:aws:eks:eu-west-1:123:cluster/shop', 'shop'],
  ['k3d_EU.', 'k3d-eu'],
  ['___', undefined],
  ['', undefined],
])('the cluster %j of a kubeconfig gets the id %j', (name, id) => {
  expect(idFrom(name)).toBe(id);
});

test('whatever an id is made from, it is one', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (name) => {
      const id = idFrom(name);
      if (id !== undefined) expect(id.length).toBeLessThanOrEqual(advisedLength);
      expect(id === undefined || checkClusterID(id) === id).toBe(true);
    }),
  );
});

test.each(['eu', 'a', '1-2', 'x'.repeat(58)])('%s may be an id', (id) => {
  expect(checkClusterID(id)).toBe(id);
});

test.each(['', 'EU', '-eu', 'eu-', 'a.b', 'x'.repeat(59)])('"%s" may not', (id) => {
  expect(() => checkClusterID(id)).toThrow('cannot be the id of a cluster');
});
