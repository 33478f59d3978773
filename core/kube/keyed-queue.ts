/** What a reconcile asks for: nothing, or to be called again. */
export interface ReconcileResult {
  /** Called again after this long, even if nothing happens. */
  readonly requeueAfterMs?: number;
}

export interface KeyedQueueOptions {
  /**
   * Brings one key to its wanted state. Level-based: it is told that something changed, not what; running it again is
   * safe. A rejection is tried again; its `retryAfterMs`, if it has one, is waited for.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined>;
  /** Keys reconciled at the same time; one key never is. */
  readonly concurrency: number;
  /** Told of every rejection; `failures` counts those in a row. */
  readonly onError: (key: string, error: unknown, failures: number) => void;
  /** 0 to below 1, for jitter. */
  readonly random: () => number;
}

export interface KeyedQueueStats {
  /** Keys that could begin now. */
  readonly waiting: number;
  readonly running: number;
  /** Keys that wait for their time. */
  readonly delayed: number;
  /** Keys whose last reconcile failed. */
  readonly failing: number;
}

export interface KeyedQueue {
  /** The key is to be reconciled, as soon as there is a place. Once, however often this is called before it begins. */
  add(key: string): void;
  stats(): KeyedQueueStats;
  /** Resolves when the signal has aborted and the last reconcile has ended. */
  readonly drained: Promise<void>;
}

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * A queue of keys: deduplicated, in order, each key serial. A rejected key is tried again after 0.1 s, doubling to
 * 30 s, with up to half as much again at random; adding it tries it at once. When the signal aborts nothing more
 * begins; it is handed to reconcile as well.
 */
export function keyedQueue(options: KeyedQueueOptions, signal: AbortSignal): KeyedQueue {
  const { reconcile, concurrency, onError, random } = options;
  const waiting = new Set<string>();
  const running = new Set<string>();
  const delayed = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  const drained = Promise.withResolvers<void>();

  const add = (key: string): void => {
    if (signal.aborted || waiting.has(key)) return;
    forgetDelay(key);
    waiting.add(key);
    begin();
  };

  const begin = (): void => {
    for (const key of waiting) {
      if (running.size >= concurrency) return;
      // It goes when its run has ended; those behind it need not wait for that.
      if (running.has(key)) continue;
      waiting.delete(key);
      running.add(key);
      void run(key);
    }
  };

  const run = async (key: string): Promise<void> => {
    let again: number | undefined;
    try {
      const result = await reconcile(key, signal);
      failures.delete(key);
      again = result?.requeueAfterMs;
    } catch (error) {
      // What an abort cuts short has not failed.
      if (!signal.aborted) again = failed(key, error);
    }
    running.delete(key);
    if (signal.aborted) {
      if (running.size === 0) drained.resolve();
      return;
    }
    if (again !== undefined && !waiting.has(key)) delay(key, again);
    begin();
  };

  const failed = (key: string, error: unknown): number => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    onError(key, error, count);
    const base = Math.min(firstRetryMs * 2 ** Math.min(count - 1, 30), longestRetryMs / 1.5);
    const { retryAfterMs = 0 } = (error ?? {}) as { readonly retryAfterMs?: number };
    return Math.max(base * (1 + random() / 2), Math.min(retryAfterMs, longestRetryMs));
  };

  const delay = (key: string, ms: number): void => {
    forgetDelay(key);
    delayed.set(
      key,
      setTimeout(() => {
        delayed.delete(key);
        add(key);
      }, ms),
    );
  };
  const forgetDelay = (key: string): void => {
    clearTimeout(delayed.get(key));
    delayed.delete(key);
  };

  const end = (): void => {
    for (const key of [...delayed.keys()]) forgetDelay(key);
    waiting.clear();
    if (running.size === 0) drained.resolve();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });

  return {
    add,
    drained: drained.promise,
    stats: () => ({
      waiting: waiting.size,
      running: running.size,
      delayed: delayed.size,
      failing: failures.size,
    }),
  };
}
