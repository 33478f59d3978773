/** Which names are to be looked at again, and when. Setting, moving and taking costs O(log n) at most. */
export interface Agenda {
  /** Notes the time for a name, instead of the one noted before; undefined: none. */
  set(name: string, atMs: number | undefined): void;
  /** Takes the names whose time is `nowMs` or before. */
  take(nowMs: number): readonly string[];
  /** The earliest time noted; undefined: nothing is. */
  nextMs(): number | undefined;
}

/** A binary heap. What was moved or struck out stays in it as a stale entry until it comes up. */
export function createAgenda(): Agenda {
  const times = new Map<string, number>();
  let heap: Entry[] = [];
  const isStale = ({ name, atMs }: Entry) => times.get(name) !== atMs;
  const dropStale = () => {
    while (heap[0] !== undefined && isStale(heap[0])) pop(heap);
  };
  return {
    set(name, atMs) {
      if (times.get(name) === atMs) return;
      if (atMs === undefined) times.delete(name);
      else {
        times.set(name, atMs);
        push(heap, { name, atMs });
      }
      // Holds and overrides that are moved often must not grow it without end.
      if (heap.length > 2 * times.size + 64) {
        heap = [...times].map(([at, ms]) => ({ name: at, atMs: ms })).sort((a, b) => a.atMs - b.atMs);
      }
    },
    take(nowMs) {
      const due: string[] = [];
      for (dropStale(); heap[0] !== undefined && heap[0].atMs <= nowMs; dropStale()) {
        const { name } = pop(heap);
        times.delete(name);
        due.push(name);
      }
      return due;
    },
    nextMs() {
      dropStale();
      return heap[0]?.atMs;
    },
  };
}

interface Entry {
  readonly name: string;
  readonly atMs: number;
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Entry;
    if (above.atMs <= entry.atMs) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

/** Of a heap that is not empty. */
function pop(heap: Entry[]): Entry {
  const first = heap[0] as Entry;
  const entry = heap.pop() as Entry;
  const { length } = heap;
  if (length === 0) return first;
  let at = 0;
  for (let child = 1; child < length; child = 2 * at + 1) {
    if (child + 1 < length && (heap[child + 1] as Entry).atMs < (heap[child] as Entry).atMs) child += 1;
    const below = heap[child] as Entry;
    if (below.atMs >= entry.atMs) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = entry;
  return first;
}
