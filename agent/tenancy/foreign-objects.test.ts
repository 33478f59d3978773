import { expect, test } from 'vitest';
import { foreignObjects } from './foreign-objects.ts';

const object = (kind: string, name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, labels },
});

test('what came from the consumer, our pods and what every namespace has are not foreign', () => {
  const origin = { 'offloading.liqo.io/origin': 'cons' };
  expect(
    foreignObjects(
      [
        {
          noun: 'configmap',
          objects: [object('ConfigMap', 'kube-root-ca.crt'), object('ConfigMap', 'a', origin)],
        },
        { noun: 'pod', objects: [object('Pod', 'p', { 'liqo.io/managed-by': 'shadowpod' })] },
      ],
      'cons',
    ),
  ).toBeUndefined();
});

test('what is foreign is named, ten at most', () => {
  const other = { 'offloading.liqo.io/origin': 'other' };
  const lists = [
    { noun: 'service', objects: [object('Service', 'db')] },
    { noun: 'secret', objects: [object('Secret', 'key', other)] },
    { noun: 'secret', objects: [object('Secret', 'kube-root-ca.crt')] },
    // The label that marks our pods says nothing on anything else.
    { noun: 'configmap', objects: [object('ConfigMap', 'c', { 'liqo.io/managed-by': 'shadowpod' })] },
  ];
  expect(foreignObjects(lists, 'cons')).toBe('service/db, secret/key, secret/kube-root-ca.crt, configmap/c');
  const many = Array.from({ length: 12 }, (_, index) => object('Service', `s${index}`));
  expect(foreignObjects([{ noun: 'service', objects: many }], 'cons')).toMatch(/s9 and 2 more$/);
});
