import type { ProviderLink } from '#agent/model/provider-link.ts';

/**
 * Work that needs the provider: resolves when it is done, at the latest when the provider no longer answers or the
 * signal aborts. Rejects with what failed while the provider answered.
 */
export async function whileConnected(
  link: Pick<ProviderLink, 'state' | 'onChange'>,
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const isOver = (): boolean => signal.aborted || link.state().kind !== 'connected';
  if (isOver()) return;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const ended = new AbortController();
  link.onChange(() => isOver() && resolve(), AbortSignal.any([signal, ended.signal]));
  const abort = (): void => resolve();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([
      over,
      work().catch((error: unknown) => {
        // A request in flight when the provider went away fails before the link says so.
        if (!isOver()) throw error;
      }),
    ]);
  } finally {
    ended.abort();
    signal.removeEventListener('abort', abort);
  }
}
