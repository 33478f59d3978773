import { beforeEach, describe, expect, it } from 'vitest';
import { Damper } from './damper.ts';

const epochMs = 1_800_000_000_000;

describe('the damper', () => {
  let damper: Damper;
  beforeEach(() => {
    damper = new Damper();
  });
  /** For how long it is held from a time on, seconds; undefined: not at all. */
  const see = (second: number, up: boolean, key = 'a'): number | undefined => {
    const until = damper.see(key, up, { monotonicMs: second * 1_000, wallMs: epochMs + second * 1_000 });
    return until === undefined ? undefined : (until - epochMs) / 1_000 - second;
  };

  /** A damper whose process has started. */
  const started = (...up: string[]) => {
    for (const key of up) see(0, true, key);
    damper.started();
  };

  it('does not hold what is up when it is first seen', () => {
    expect(see(0, true)).toBeUndefined();
    damper.started();
    expect(see(1, true, 'b')).toBeUndefined();
  });

  it('holds what was down at the start, and not what is new and comes up for the first time', () => {
    see(0, false);
    damper.started();
    see(0, false, 'b');
    expect(see(1, true)).toBe(5);
    expect(see(1, true, 'b')).toBeUndefined();
  });

  it('holds nothing of what changes before it has started', () => {
    see(0, false);
    expect(see(0, true)).toBeUndefined();
    damper.started();
    expect(see(1, true)).toBeUndefined();
  });

  it('never holds a loss', () => {
    started('a');
    expect(see(1, false)).toBeUndefined();
    see(2, true);
    expect(see(3, false)).toBeUndefined();
    expect(damper.nextEndMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('holds each return twice as long as the one before, at most 5 min', () => {
    started('a');
    const holds = Array.from({ length: 8 }, (_, round) => {
      see(round * 10 + 1, false);
      return see(round * 10 + 2, true);
    });
    expect(holds).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('begins again after 10 min without a change', () => {
    started('a');
    see(1, false);
    expect(see(2, true)).toBe(5);
    see(601.9, false);
    expect(see(602, true)).toBe(10);
    see(1_202, false);
    expect(see(1_203, true)).toBe(5);
  });

  it('counts a hold from the return, and ends it', () => {
    started('a');
    see(1, false);
    expect(see(2, true)).toBe(5);
    expect(see(4, true)).toBe(3);
    expect(damper.nextEndMs()).toBe(7_000);
    expect([...damper.ended(6_999)]).toEqual([]);
    // Somebody else looks first: who waits for the end hears of it all the same.
    expect(see(7, true)).toBeUndefined();
    expect([...damper.ended(7_000)]).toEqual(['a']);
    expect([...damper.ended(7_000)]).toEqual([]);
    expect(damper.nextEndMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('tells the end by the wall clock as it was at the return', () => {
    started('a');
    see(1, false);
    const until = damper.see('a', true, { monotonicMs: 2_000, wallMs: 50_000 });
    expect(until).toBe(55_000);
    expect(damper.see('a', true, { monotonicMs: 3_000, wallMs: 9_000_000 })).toBe(until);
  });

  it('remembers what is not looked after any more for 10 min', () => {
    started('a');
    see(1, false);
    damper.forget(600_000, () => false);
    expect(see(600.5, true)).toBe(5);
    see(601, false);
    damper.forget(1_201_000, () => true);
    damper.forget(1_201_000, () => false);
    see(1_202, false);
    expect(see(1_203, true)).toBeUndefined();
  });
});
