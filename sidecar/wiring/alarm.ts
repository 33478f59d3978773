/** Wakes at a moment that may move. */
export interface Alarm {
  /** ms since 1970; undefined: not at all. A moment that has passed is now. */
  set(atMs: number | undefined): void;
}

/** Rings once for each moment that was set and not moved; never after the signal aborts. */
export function createAlarm(ring: () => void, signal: AbortSignal): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let setMs: number | undefined;
  const wait = () => {
    clearTimeout(timer);
    if (setMs === undefined || signal.aborted) return;
    const leftMs = setMs - Date.now();
    if (leftMs > longestMs) timer = setTimeout(wait, longestMs);
    else timer = setTimeout(due, Math.max(0, leftMs));
  };
  const due = () => {
    // Timers follow the monotonic clock and round down: the moment may be a little ahead.
    if (setMs !== undefined && setMs > Date.now()) return wait();
    setMs = undefined;
    ring();
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    set(atMs) {
      if (atMs === setMs) return;
      setMs = atMs;
      wait();
    },
  };
}

/** A step of the wall clock is noticed after this long at the latest. */
const longestMs = 60_000;
