import { expect, test } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { fateLines, podsElsewhere } from './pods-elsewhere.ts';

const pod = (name: string, nodeName: string, kind?: string, phase = 'Running'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'shop',
    ...(kind && { ownerReferences: [{ apiVersion: 'v1', kind, name: 'o', uid: 'u', controller: true }] }),
  },
  spec: { nodeName },
  status: { phase },
});

test('what moves, what is lost, and what neither concerns', () => {
  const found = podsElsewhere(
    [
      pod('web', 'liqo-us', 'ReplicaSet'),
      pod('bare', 'liqo-us'),
      pod('here', 'node-1', 'ReplicaSet'),
      pod('log', 'liqo-us', 'DaemonSet'),
      pod('done', 'liqo-us', 'Job', 'Succeeded'),
    ],
    new Set(['liqo-us']),
  );
  expect(found.map(({ name, fate }) => [name, fate])).toEqual([
    ['web', 'moves'],
    ['bare', 'lost'],
  ]);
  expect(fateLines(found)).toEqual([
    '  pods that end there and are made anew: shop/web',
    '  pods that are lost (nothing makes them anew): shop/bare',
  ]);
  expect(fateLines([])).toEqual([]);
});
