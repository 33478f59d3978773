/** Longer than any step between two looks at the clock while this process runs as it should. */
const longestStepMs = 250;

/**
 * A clock that counts only the time in which this process ran, read several times a second. After a stall (a
 * paused machine, a long collection) or a jump of the clock below it, peers are not silent: their replies may
 * still wait in our socket.
 * @param now milliseconds
 */
export function createAwakeClock(now: () => number): () => number {
  let awakeMs = 0;
  let lastMs = now();
  return () => {
    const currentMs = now();
    awakeMs += Math.min(Math.max(0, currentMs - lastMs), longestStepMs);
    lastMs = currentMs;
    return awakeMs;
  };
}
