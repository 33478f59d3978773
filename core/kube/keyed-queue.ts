/** What a reconcile asks for: nothing, or to be called again. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number;
}

export interface KeyedQueueOptions {
  /** Brings one key to its wanted state. Level-based: called with the key only. Rejecting means: again later. */
  readonly reconcile: (key: string) => Promise<ReconcileResult | undefined>;
  /** Keys that are worked on at once. */
  readonly concurrency: number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** Told of every rejection; `failures` counts those in a row. */
  readonly onError: (key: string, error: unknown, failures: number) => void;
}

/** Work by key: a key waits once however often it is added, and is never worked on twice at a time. */
export interface KeyedQueue {
  add(key: string): void;
  /** Keys that wait, are worked on, or wait for another try. */
  size(): number;
}

const firstPauseMs = 100;
const longestPauseMs = 30_000;

/**
 * A queue that retries a rejected key with exponential, jittered pauses (0.1 to 30 s) until it succeeds. Adding a key
 * that waits for another try tries it at once. After the signal nothing new is started.
 */
export function keyedQueue(options: KeyedQueueOptions, signal: AbortSignal): KeyedQueue {
  const waiting = new Set<string>();
  const working = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  signal.addEventListener('abort', () => {
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
    waiting.clear();
  });

  const add = (key: string): void => {
    if (signal.aborted) return;
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (working.has(key)) again.add(key);
    else waiting.add(key);
    start();
  };

  const start = (): void => {
    for (const key of waiting) {
      if (working.size >= options.concurrency) return;
      waiting.delete(key);
      working.add(key);
      void work(key);
    }
  };

  const work = async (key: string): Promise<void> => {
    let pauseMs: number | undefined;
    try {
      pauseMs = (await options.reconcile(key))?.requeueAfterMs;
      failures.delete(key);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (count - 1)) * (0.5 + options.random() / 2);
      if (!signal.aborted) options.onError(key, error, count);
    }
    working.delete(key);
    if (signal.aborted) return;
    if (again.delete(key)) waiting.add(key);
    else if (pauseMs !== undefined)
      timers.set(
        key,
        setTimeout(() => add(key), pauseMs),
      );
    start();
  };

  return { add, size: () => new Set([...waiting, ...working, ...timers.keys()]).size };
}
