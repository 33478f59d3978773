import { describe, expect, it } from 'vitest';
import { createAwakeClock } from './awake-clock.ts';

describe('awake clock', () => {
  it.each([
    ['steps of a running process', [1_000, 1_050, 1_100, 1_350], 350],
    ['a stall as one short step', [1_000, 1_050, 61_050, 61_100], 350],
    ['a clock set back as no time', [1_000, 1_050, 500, 550], 100],
  ])('counts %s', (_title, readings, total) => {
    const steps = readings.values();
    const clock = createAwakeClock(() => steps.next().value as number);
    let last = 0;
    for (let count = 1; count < readings.length; count += 1) last = clock();
    expect(last).toBe(total);
  });
});
