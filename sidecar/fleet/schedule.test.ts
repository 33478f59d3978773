import { describe, expect, it } from 'vitest';
import { createSchedule } from './schedule.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `q${index}`);

/** Runs a schedule for some seconds in 50 ms steps; question texts by step. */
function run(schedule: ReturnType<typeof createSchedule<string>>, fromMs: number, toMs: number) {
  const steps: string[][] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 50)
    steps.push(schedule.due(nowMs).map((turn) => turn.question));
  return steps;
}

describe('schedule of questions', () => {
  it('asks new questions at once and then each once a second, evenly spread', () => {
    const schedule = createSchedule<string>();
    schedule.replace(names(20));
    expect(schedule.due(0).map((turn) => turn.question)).toEqual(names(20));
    const steps = run(schedule, 50, 1_000);
    expect(steps.map((step) => step.length)).toEqual(Array(20).fill(1));
    expect(steps.flat().toSorted()).toEqual(names(20).toSorted());
  });

  it('asks only what was added, at once', () => {
    const schedule = createSchedule<string>();
    schedule.replace(['a', 'b']);
    schedule.due(0);
    schedule.replace(['a', 'b', 'c']);
    expect(schedule.due(1)).toEqual([{ question: 'c', attempt: 1 }]);
  });

  it('forgets what was removed, also a repeat that was waiting', () => {
    const schedule = createSchedule<string>();
    schedule.replace(['a', 'b']);
    schedule.due(0);
    schedule.askSoon('b', 2);
    schedule.replace(['a']);
    schedule.askSoon('b', 3);
    expect(new Set(run(schedule, 50, 2_000).flat())).toEqual(new Set(['a']));
  });

  it('stretches the period above 2,000 questions, and sends no more than 2,000 in a second once each was asked', () => {
    const schedule = createSchedule<string>();
    schedule.replace(names(10_000));
    expect(schedule.periodMs()).toBe(5_000);
    const perStep = run(schedule, 0, 10_000).map((step) => step.length);
    expect(perStep[0]).toBe(256);
    expect(Math.max(...perStep.slice(1))).toBeLessThanOrEqual(256);
    expect(perStep.slice(0, 42).reduce((a, b) => a + b)).toBeGreaterThanOrEqual(10_000);
    for (let from = 42; from + 20 <= perStep.length; from += 20)
      expect(perStep.slice(from, from + 20).reduce((a, b) => a + b)).toBeLessThanOrEqual(2_000 + 256);
  });

  it('reaches every one of 10,000 questions within a period', () => {
    const schedule = createSchedule<string>();
    schedule.replace(names(10_000));
    expect(new Set(run(schedule, 0, 5_000).flat()).size).toBe(10_000);
  });

  it.each([
    ['after a stall', 60_000],
    ['when the clock runs backwards', -60_000],
  ])('sends no flood %s', (_title, jumpMs) => {
    const schedule = createSchedule<string>();
    schedule.replace(names(1_000));
    run(schedule, 0, 2_000);
    expect(schedule.due(2_000 + jumpMs).length).toBeLessThanOrEqual(256);
    expect(schedule.due(2_050 + jumpMs).length).toBeLessThanOrEqual(256);
  });
});
