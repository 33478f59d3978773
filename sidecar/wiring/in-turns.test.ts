import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

describe('planning in turns', () => {
  const many = (count: number, prefix = 'host') => Array.from({ length: count }, (_, k) => `${prefix}-${k}`);

  it('plans few hosts at once, and what they depend on even when none is named', () => {
    const planned: string[][] = [];
    const plan = inTurns((hosts) => planned.push([...hosts]), new AbortController().signal);
    plan(['a', 'b', 'a']);
    plan([]);
    expect(planned).toEqual([['a', 'b'], []]);
  });

  it('plans many a few at a time, each once, and lets others go first', async () => {
    const planned: string[][] = [];
    const plan = inTurns((hosts) => planned.push([...hosts]), new AbortController().signal);
    plan(many(1_000));
    expect(planned.length).toBe(1);
    plan(['urgent', 'host-999']);
    expect(planned[1]).toEqual(['urgent', 'host-999']);
    plan(many(300, 'other'));
    for (let turns = 0; turns < 40; turns++) await turn();
    expect(Math.max(...planned.map(({ length }) => length))).toBe(50);
    expect(planned.flat().toSorted()).toEqual([...many(1_000), ...many(300, 'other'), 'urgent'].toSorted());
    const before = planned.length;
    await turn();
    expect(planned.length).toBe(before);
  });

  it('plans nothing more when it ends', async () => {
    const ending = new AbortController();
    const planned: string[] = [];
    const plan = inTurns((hosts) => planned.push(...hosts), ending.signal);
    plan(many(500));
    ending.abort();
    await turn();
    expect(planned.length).toBe(50);
  });
});
