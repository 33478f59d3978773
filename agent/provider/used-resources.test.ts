import { expect, test } from 'vitest';
import { usedPatch } from './used-resources.ts';

test.each<[string, Record<string, string>, Record<string, bigint>, object | undefined]>([
  ['what is new', {}, { cpu: 500n }, { cpu: '500m' }],
  ['what changed, and nothing else', { cpu: '1', pods: '2' }, { cpu: 1000n, pods: 3000n }, { pods: '3' }],
  ['what is no longer used', { gpu: '1', pods: '0' }, { pods: 0n }, { gpu: null }],
  ['nothing when it says so', { cpu: '500m' }, { cpu: 500n }, undefined],
])('a patch of used resources holds %s', (_, stands, used, patch) => {
  expect(usedPatch(stands, used)).toEqual(patch);
});
