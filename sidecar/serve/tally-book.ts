import type { ClientTally } from '#sidecar/model/client-tally.ts';
import { type ClientTallies, NO_ROW, TALLY } from './client-tallies.ts';

/** Which name has which row of the tallies, and what was read of it: the main thread's side. */
export interface TallyBook {
  /** The row of a name; the same until it is dropped. {@link NO_ROW}: there is none left. */
  rowOf(name: string): number;
  /** The name needs none, or no longer. */
  drop(name: string): void;
  /** What was counted since the last call, of names that anybody asked for; the threads' numbers added up. */
  take(): readonly ClientTally[];
}

/** @param threads the tallies of each DNS thread, all of one size */
export function createTallyBook(threads: readonly ClientTallies[]): TallyBook {
  const rows = new Map<string, number>();
  const free: number[] = [];
  const size = (threads[0]?.length ?? 0) / TALLY.WORDS;
  let used = 0;
  // The counts, which only grow, as they were last read: by thread, by row.
  const seen = threads.map(() => new Map<number, readonly [forAll: number, forSubnet: number]>());

  const take = (name: string, row: number): ClientTally | undefined => {
    let [forAll, forSubnet, low, high] = [0, 0, 0, 0];
    for (const [thread, tallies] of threads.entries()) {
      const at = row * TALLY.WORDS;
      const now = [tallies[at + TALLY.FOR_ALL] ?? 0, tallies[at + TALLY.FOR_SUBNET] ?? 0] as const;
      const before = seen[thread]?.get(row) ?? [0, 0];
      if (now[0] === before[0] && now[1] === before[1]) continue;
      seen[thread]?.set(row, now);
      forAll += (now[0] - before[0]) >>> 0;
      forSubnet += (now[1] - before[1]) >>> 0;
      low |= Atomics.exchange(tallies, at + TALLY.NETWORKS, 0);
      high |= Atomics.exchange(tallies, at + TALLY.NETWORKS + 1, 0);
    }
    return forAll + forSubnet === 0 ? undefined : { name, forAll, forSubnet, networks: [low, high] };
  };

  return {
    rowOf(name) {
      const known = rows.get(name);
      if (known !== undefined) return known;
      const row = free.pop() ?? (used < size ? used++ : NO_ROW);
      if (row === NO_ROW) return row;
      rows.set(name, row);
      // What another name left there.
      take(name, row);
      return row;
    },
    drop(name) {
      const row = rows.get(name);
      if (row === undefined) return;
      rows.delete(name);
      free.push(row);
    },
    take: () => [...rows].flatMap(([name, row]) => take(name, row) ?? []),
  };
}
