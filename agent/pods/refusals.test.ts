import { expect, test } from 'vitest';
import { refusals } from './refusals.ts';

test('a refused pod is tried after 1 s, doubling to 30 s at most; another of its name at once', () => {
  let nowMs = 0;
  const refused = refusals({ now: () => nowMs, random: () => 0.999_999 });
  const pauses = Array.from({ length: 7 }, () => refused.add('n/a', 'u1'));
  expect(pauses.map((ms) => Math.round(ms / 100))).toEqual([15, 30, 60, 120, 240, 300, 300]);
  expect(Math.max(...pauses)).toBeLessThan(30_000);
  expect(refused.waitMs('n/a', 'u1')).toBe(pauses[6]);
  expect(refused.waitMs('n/a', 'u2')).toBe(0);
  nowMs = 30_000;
  expect(refused.waitMs('n/a', 'u1')).toBe(0);
  refused.forget('n/a');
  expect(refused.add('n/a', 'u1')).toBeLessThan(1500);
});

test('room there hurries them, to a second after their last try', () => {
  let nowMs = 0;
  const refused = refusals({ now: () => nowMs, random: () => 0 });
  for (let count = 0; count < 5; count++) refused.add('n/a', 'u1');
  expect(refused.hurry()).toEqual(['n/a']);
  expect(refused.waitMs('n/a', 'u1')).toBe(1000);
  nowMs = 1000;
  expect(refused.waitMs('n/a', 'u1')).toBe(0);
  expect(refused.add('n/a', 'u1')).toBe(20_000);
});
