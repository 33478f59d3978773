import { describe, expect, it } from 'vitest';
import type { ClientTally } from '#sidecar/model/client-tally.ts';
import { type ClientWindow, createClientWatch, judgeWindow, networksOf } from './client-watch.ts';

/** So many of the 64 bits. */
const bits = (count: number): ClientTally['networks'] => {
  const word = (ones: number) => (ones === 32 ? -1 : (2 ** ones - 1) | 0);
  return [word(Math.min(count, 32)), word(Math.max(0, count - 32))];
};
const app = 'app.cloud.example.com';
const minute = 60_000;

it.each([
  [0, 0, 0],
  [1, 1, 2],
  [7, 7, 8],
  [14, 15, 17],
  [32, 44, 45],
  [63, 260, 270],
  [64, Infinity, Infinity],
])('%i bits stand for %d to %d networks', (count, least, most) => {
  const networks = networksOf(bits(count));
  expect(networks).toBeGreaterThanOrEqual(least);
  expect(networks).toBeLessThanOrEqual(most);
});

describe('a window', () => {
  const window = (parts: Partial<ClientWindow> = {}): ClientWindow => ({
    sinceMs: 0,
    forAll: 1000,
    forSubnet: 0,
    networks: bits(2),
    ...parts,
  });
  it.each([
    ['few networks, many queries', {}, 10, false, true],
    ['not over yet', {}, 9, false, 'open'],
    ['few queries: it goes on', { forAll: 199 }, 10, false, 'open'],
    ['few queries for long', { forAll: 199 }, 60, true, false],
    ['just enough queries', { forAll: 200 }, 10, false, true],
    ['many networks', { networks: bits(40) }, 10, false, false],
    ['many networks, coarse before', { networks: bits(40) }, 10, true, false],
    ['some networks more than few', { networks: bits(10) }, 10, false, false],
    ['the same, coarse before', { networks: bits(10) }, 10, true, true],
    ['most are for subnets', { forSubnet: 2000 }, 10, true, false],
    ['a quarter is for subnets', { forAll: 750, forSubnet: 250 }, 10, false, true],
    ['more than a quarter is', { forAll: 700, forSubnet: 300 }, 10, false, false],
    ['the same, coarse before', { forAll: 700, forSubnet: 300 }, 10, true, true],
  ] as const)('%s', (_, parts, minutes, was, is) => {
    expect(judgeWindow(window(parts), was, minutes * minute)).toBe(is);
  });
});

describe('the watch', () => {
  /** Looks each half minute for so long, each time with so many queries; returns what changed, with the minute. */
  function look(
    watch: ReturnType<typeof createClientWatch>,
    from: number,
    minutes: number,
    queries: number,
    count = 2,
  ) {
    const changes: string[] = [];
    for (let at = from; at < from + minutes; at += 0.5) {
      const tally = { name: app, forAll: queries, forSubnet: 0, networks: bits(count) };
      const changed = watch.add(queries === 0 ? [] : [tally], at * minute);
      if (changed.length > 0) changes.push(`${at} ${watch.isCoarse(app)}`);
    }
    return changes;
  }

  it('says once that clients are coarse, and once that they no longer are', () => {
    const watch = createClientWatch();
    expect(look(watch, 0, 120, 50)).toEqual(['10 true']);
    expect(look(watch, 120, 60, 50, 40)).toHaveLength(1);
    expect(watch.isCoarse(app)).toBe(false);
  });

  it('does not flap while the networks are about as many as make it coarse', () => {
    const watch = createClientWatch();
    const changes: string[] = [];
    for (let hour = 0; hour < 20; hour += 1)
      changes.push(...look(watch, hour * 60, 60, 50, hour % 2 === 0 ? 7 : 9));
    expect(changes).toEqual(['10 true']);
  });

  it('a resolver that is never idle is coarse within the hour, a monitor is not', () => {
    expect(look(createClientWatch(), 0, 60, 2, 1)).toEqual([expect.stringMatching(/ true$/)]);
    expect(look(createClientWatch(), 0, 600, 1, 1)).toEqual([]);
  });

  it('ends when nobody asks any more', () => {
    const watch = createClientWatch();
    look(watch, 0, 20, 50);
    expect(look(watch, 20, 100, 0)).toHaveLength(1);
    expect(watch.isCoarse(app)).toBe(false);
  });
});
