import { expect, it } from 'vitest';
import { COUNTER, count, createCounters } from './counters.ts';
import { createPulse } from './pulse.ts';

it('a thread without a beat in ten looks hangs, whatever the others do, until it beats again', () => {
  const [one, other] = [createCounters(), createCounters()];
  const { isStuckAtLook } = createPulse([one, other]);
  const looks = Array.from({ length: 12 }, () => {
    count(one, COUNTER.BEATS);
    return isStuckAtLook();
  });
  expect(looks.indexOf(true)).toBe(10);
  count(other, COUNTER.BEATS);
  expect(isStuckAtLook()).toBe(false);
});
