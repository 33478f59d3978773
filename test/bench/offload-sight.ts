import type { KubeObject } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Change, WatchOptions } from '#core/source/source.ts';

/** An open watch of which the bench asks when something was seen. */
export interface Sight<T extends KubeObject> {
  /**
   * The moment, of performance.now(), at which the first change arrives that is looked for. Asked before the act whose
   * effect is looked for, for the event may come before the reply. Rejects after `withinMs`, or when all ends.
   */
  next(looksFor: (change: Change<T>) => boolean, what: string, withinMs?: number): Promise<number>;
  list(): Iterable<T>;
}

/** Opens a watch and waits for its first list. */
export async function openSight<T extends KubeObject>(
  source: Pick<ApiServerSource, 'watch'>,
  options: Omit<WatchOptions<T>, 'onChange'>,
  signal: AbortSignal,
): Promise<Sight<T>> {
  const waiting = new Set<(change: Change<T>, atMs: number) => void>();
  const watch = source.watch(
    {
      ...options,
      onChange: (change) => {
        const atMs = performance.now();
        for (const each of waiting) each(change, atMs);
      },
    },
    signal,
  );
  await watch.synced;
  return {
    list: () => watch.list(),
    next: (looksFor, what, withinMs = 60_000) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const look = (change: Change<T>, atMs: number): void => {
        if (looksFor(change)) resolve(atMs);
      };
      const end = (): void => reject(signal.reason);
      const timer = setTimeout(() => reject(new Error(`${what}: not seen in ${withinMs} ms`)), withinMs);
      waiting.add(look);
      signal.addEventListener('abort', end, { once: true });
      const seen = promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
        signal.removeEventListener('abort', end);
      });
      // Whoever asked may have failed before it awaits this.
      seen.catch(() => undefined);
      return seen;
    },
  };
}
