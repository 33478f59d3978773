import { expect, test } from 'vitest';
import type { PodContainer } from './pod.ts';
import { podRequests } from './pod-requests.ts';
import { shortage } from './quota.ts';

const needs = (cpu: string, restartPolicy?: string): PodContainer => ({
  resources: { requests: { cpu } },
  ...(restartPolicy && { restartPolicy }),
});

test.each<[string, Parameters<typeof podRequests>[0], Record<string, bigint>]>([
  ['containers add up', { containers: [needs('1'), needs('200m')] }, { cpu: 1200n }],
  [
    'an init container runs alone',
    { initContainers: [needs('3')], containers: [needs('1')] },
    { cpu: 3000n },
  ],
  [
    'a restartable one stays beside the others',
    { initContainers: [needs('1', 'Always')], containers: [needs('1')] },
    { cpu: 2000n },
  ],
  [
    'and beside the init containers after it',
    { initContainers: [needs('1', 'Always'), needs('3')], containers: [needs('1')] },
    { cpu: 4000n },
  ],
  [
    'not beside those before it',
    { initContainers: [needs('3'), needs('1', 'Always')], containers: [needs('1')] },
    { cpu: 3000n },
  ],
  ['overhead is added', { containers: [needs('1')], overhead: { cpu: '250m' } }, { cpu: 1250n }],
  ['a limit alone is the request', { containers: [{ resources: { limits: { cpu: '2' } } }] }, { cpu: 2000n }],
  [
    'a request goes before its limit',
    { containers: [{ resources: { limits: { cpu: '2' }, requests: { cpu: '1' } } }] },
    { cpu: 1000n },
  ],
  ['pods cannot be asked for', { containers: [{ resources: { requests: { pods: '0' } } }] }, {}],
])('as the scheduler counts: %s', (_, spec, amounts) => {
  expect(podRequests(spec)).toEqual({ ...amounts, pods: 1000n });
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['the grant says nothing of it', { memory: '1Gi' }, 'nvidia.com/gpu'],
  ['all fits exactly', { cpu: '3', pods: '2', 'nvidia.com/gpu': '1' }, undefined],
  ['one is a thousandth short', { cpu: '2999m', 'nvidia.com/gpu': '1' }, 'cpu'],
  ['pods are used up', { pods: '1', 'nvidia.com/gpu': '1' }, 'pods'],
])('what is missing when %s', (_, granted, resource) => {
  const used = { cpu: 1000n, pods: 1000n };
  const asked = { cpu: 2000n, pods: 1000n, 'nvidia.com/gpu': 1000n };
  expect(shortage(granted, used, asked)?.resource).toBe(resource);
});
