import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from '#core/schedule/due-queue.ts';
import { type Rank, Turns } from './turns.ts';

it('a queue gives its items by the time at which they are due', async () => {
  await fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(50), fc.constant(undefined)), { maxLength: 200 }), (steps) => {
      const queue = new DueQueue<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step !== undefined) {
          queue.add(step, step);
          model.push(step);
          model.sort((one, other) => one - other);
        } else expect(queue.take()).toBe(model.shift());
        expect(queue.firstDueMs()).toBe(model[0]);
      }
    }),
  );
});

const anyRank = () => true;

describe('turns', () => {
  const item = (rank: Rank, type: 'tcp' | 'http' | 'https' = rank === 2 ? 'http' : 'tcp') => ({
    rank,
    target: { spec: type === 'tcp' ? { type, port: 80 } : { type, port: 80, path: '/', host: '' } },
  });
  type Item = ReturnType<typeof item>;
  /** How many of each rank have their turn within a time, when every 10 ms somebody looks. */
  function taken(turns: Turns<Item>, lengthMs: number): number[] {
    const counts = [0, 0, 0];
    for (let ms = 0; ms <= lengthMs; ms += 10)
      for (let one = turns.take(ms, anyRank); one !== undefined; one = turns.take(ms, anyRank))
        counts[one.rank] = (counts[one.rank] as number) + 1;
    return counts;
  }

  it('come when they are due', () => {
    const turns = new Turns<Item>(0);
    turns.add(item(1), 50);
    expect(turns.waitMs(0, anyRank)).toBe(50);
    expect(turns.take(49, anyRank)).toBeUndefined();
    expect(turns.take(50, anyRank)).toBeDefined();
    expect(turns.waitMs(50, anyRank)).toBeUndefined();
  });

  it('share a budget, in which a TLS handshake costs as much as ten connections', () => {
    for (const [type, most] of [
      ['tcp', 1_100],
      ['http', 550],
      ['https', 110],
    ] as const) {
      const turns = new Turns<Item>(0);
      for (let count = 0; count < 5_000; count += 1) turns.add(item(type === 'tcp' ? 1 : 2, type), 0);
      const [, connections, requests] = taken(turns, 1_000) as [number, number, number];
      expect((connections + requests) / most).toBeCloseTo(1, 1);
    }
  });

  it("never make the sidecar's own probes wait, and leave requests a quarter", () => {
    const turns = new Turns<Item>(0);
    for (let count = 0; count < 5_000; count += 1) {
      turns.add(item(1), 0);
      turns.add(item(2), 0);
    }
    for (let count = 0; count < 100; count += 1) turns.add(item(0), 500);
    const [own, connections, requests] = taken(turns, 1_000) as [number, number, number];
    expect(own).toBe(100);
    expect(requests / (connections + requests)).toBeCloseTo(0.25, 1);
    expect(turns.lateMs(1_000)).toBe(1_000);
  });

  it('pass over a rank without room', () => {
    const turns = new Turns<Item>(0);
    turns.add(item(2), 0);
    turns.add(item(1), 5);
    expect(turns.take(0, (rank) => rank < 2)).toBeUndefined();
    expect(turns.waitMs(0, (rank) => rank < 2)).toBe(5);
    expect(turns.take(5, (rank) => rank < 2)?.rank).toBe(1);
    expect(turns.waitMs(5, (rank) => rank < 2)).toBeUndefined();
    expect(turns.take(5, anyRank)?.rank).toBe(2);
  });

  it('wait until the budget affords the next one', () => {
    const turns = new Turns<Item>(0);
    for (let count = 0; count < 200; count += 1) turns.add(item(1), 0);
    while (turns.take(0, anyRank) !== undefined);
    const waitMs = turns.waitMs(0, anyRank) as number;
    expect(waitMs).toBeGreaterThan(0);
    expect(turns.take(waitMs, anyRank)).toBeDefined();
  });
});
