/** Items by the time at which they are due, the earliest first: a binary heap. */
export class DueQueue<T> {
  readonly #heap: { readonly item: T; readonly dueMs: number }[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The first; undefined when there is none. */
  first(): { readonly item: T; readonly dueMs: number } | undefined {
    return this.#heap[0];
  }

  /** When the first is due; undefined when there is none. */
  firstDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  add(item: T, dueMs: number): void {
    const heap = this.#heap;
    const added = { item, dueMs };
    let at = heap.push(added) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as typeof added;
      if (parent.dueMs <= dueMs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = added;
  }

  /** Removes the first. */
  take(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.item;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (left === undefined) break;
      const right = heap[below + 1];
      let child = left;
      if (right !== undefined && right.dueMs < left.dueMs) {
        child = right;
        below += 1;
      }
      if (child.dueMs >= last.dueMs) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first.item;
  }
}
