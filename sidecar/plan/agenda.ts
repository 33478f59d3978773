import { DueQueue } from '#core/schedule/due-queue.ts';

/** Which names are to be looked at again, and when. Setting, moving and taking costs O(log n) at most. */
export interface Agenda {
  /** Notes the time for a name, instead of the one noted before; undefined: none. */
  set(name: string, atMs: number | undefined): void;
  /** Takes the names whose time is `nowMs` or before. */
  take(nowMs: number): readonly string[];
  /** The earliest time noted; undefined: nothing is. */
  nextMs(): number | undefined;
}

/** What was moved or struck out stays in the queue as a stale entry until it comes up. */
export function createAgenda(): Agenda {
  const times = new Map<string, number>();
  let queue = new DueQueue<string>();
  /** The earliest entry that is not stale. */
  const earliest = () => {
    for (;;) {
      const first = queue.first();
      if (first === undefined || times.get(first.item) === first.dueMs) return first;
      queue.take();
    }
  };
  return {
    set(name, atMs) {
      if (times.get(name) === atMs) return;
      if (atMs === undefined) times.delete(name);
      else {
        times.set(name, atMs);
        queue.add(name, atMs);
      }
      // Holds and overrides that are moved often must not grow it without end.
      if (queue.size > 2 * times.size + 64) {
        queue = new DueQueue();
        for (const [each, ms] of times) queue.add(each, ms);
      }
    },
    take(nowMs) {
      const due: string[] = [];
      for (let first = earliest(); first !== undefined && first.dueMs <= nowMs; first = earliest()) {
        queue.take();
        times.delete(first.item);
        due.push(first.item);
      }
      return due;
    },
    nextMs: () => earliest()?.dueMs,
  };
}
