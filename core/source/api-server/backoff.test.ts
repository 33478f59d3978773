import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const limits = { minMs: 800, maxMs: 30_000 };

test.each<[number, number, number]>([
  [1, 800, 1200],
  [2, 1600, 2400],
  [5, 12_800, 19_200],
  [6, 20_000, 30_000],
  [5000, 20_000, 30_000],
])('failure %i is followed by %i to %i ms', (failures, least, most) => {
  expect(backoffMs(failures, limits, () => 0)).toBe(least);
  expect(backoffMs(failures, limits, () => 1)).toBe(most);
});
