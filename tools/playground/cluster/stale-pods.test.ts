import { expect, test } from 'vitest';
import { type RunningPod, stalePods } from './stale-pods.ts';

const pod = (name: string, nodeName: string, startedAt?: string): RunningPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'web' },
  spec: { nodeName },
  status: { containerStatuses: [{ state: startedAt === undefined ? {} : { running: { startedAt } } }] },
});

test('a pod is stale whose container is said to run since before its node booted', () => {
  const bootedAt = new Map([['eu-1', new Date('2026-11-21T05:00:10.700Z')]]);
  const pods = [
    pod('before', 'eu-1', '2026-11-21T05:00:09Z'),
    pod('same-second', 'eu-1', '2026-11-21T05:00:10Z'),
    pod('after', 'eu-1', '2026-11-21T05:00:12Z'),
    pod('waiting', 'eu-1'),
    pod('elsewhere', 'eu-2', '2026-11-21T05:00:00Z'),
  ];
  expect(stalePods(pods, bootedAt)).toEqual(['web/before']);
});
