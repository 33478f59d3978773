/** Work of many connections, a piece at a time. */
export interface Turns {
  /** Puts work at the end of the queue; once, however often it is asked for. It is called when its turn has come. */
  request(work: () => void): void;
  cancel(work: () => void): void;
}

/**
 * Does at most `perRound` pieces of work each time the event loop comes around, first come, first served: what many
 * TCP clients ask at once must not keep UDP waiting, nor may some of them keep out the others.
 */
export function createTurns(perRound: number): Turns {
  const queue = new Set<() => void>();
  let immediate: NodeJS.Immediate | undefined;

  const round = () => {
    immediate = undefined;
    let left = perRound;
    // What the work itself puts at the end waits for the next round when this one is full.
    for (const work of queue) {
      if (left === 0) break;
      left -= 1;
      queue.delete(work);
      work();
    }
    if (queue.size > 0) immediate ??= setImmediate(round);
  };

  return {
    request: (work) => {
      queue.add(work);
      immediate ??= setImmediate(round);
    },
    cancel: (work) => {
      queue.delete(work);
      if (queue.size > 0) return;
      clearImmediate(immediate);
      immediate = undefined;
    },
  };
}
