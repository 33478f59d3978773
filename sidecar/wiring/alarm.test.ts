import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAlarm } from './alarm.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it('rings at the moment that was set last, once, however far away it is', () => {
  const rung: number[] = [];
  const alarm = createAlarm(() => rung.push(Date.now()), new AbortController().signal);
  alarm.set(1_500_000);
  alarm.set(1_200_000);
  vi.advanceTimersByTime(199_999);
  expect(rung).toEqual([]);
  vi.advanceTimersByTime(1_000_000);
  expect(rung).toEqual([1_200_000]);
});

it('rings at once for a moment that has passed, and not when it is taken back or all ends', () => {
  const rung: number[] = [];
  const ending = new AbortController();
  const alarm = createAlarm(() => rung.push(Date.now()), ending.signal);
  alarm.set(1);
  vi.advanceTimersByTime(0);
  expect(rung).toEqual([1_000_000]);
  alarm.set(1_000_010);
  alarm.set(undefined);
  vi.advanceTimersByTime(100);
  alarm.set(1_000_200);
  ending.abort();
  vi.advanceTimersByTime(1_000);
  expect(rung).toHaveLength(1);
});
