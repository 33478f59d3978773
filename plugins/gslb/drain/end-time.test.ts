import { expect, test } from 'vitest';
import { endTime } from './end-time.ts';

const nowMs = Date.parse('2026-11-21T12:00:00.500Z');

test.each([
  ['2h', '2026-11-21T14:00:00Z'],
  ['1h30m', '2026-11-21T13:30:00Z'],
  ['2026-11-21T18:00:00Z', '2026-11-21T18:00:00Z'],
  ['2026-11-21T18:00:00+02:00', '2026-11-21T16:00:00Z'],
])('--until %s is %s', (text, expected) => {
  expect(endTime(text, nowMs)).toBe(expected);
});

test.each([
  ['tomorrow', 'is not a duration'],
  ['2026-13-21T18:00:00Z', 'is not a time'],
  ['2026-11-21T11:00:00Z', 'is not in the future'],
  ['0s', 'is not in the future'],
  ['99999999h', 'is not a time'],
])('--until %s is refused', (text, message) => {
  expect(() => endTime(text, nowMs)).toThrow(message);
});
