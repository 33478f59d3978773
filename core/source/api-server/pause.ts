/**
 * Waits, unless the signal aborts first or the function handed to `wake` is called. Never rejects. `wake` returns
 * what undoes it.
 */
export function pause(
  ms: number,
  signal: AbortSignal,
  wake: (end: () => void) => () => void = () => () => undefined,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      undo();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const undo = wake(end);
    signal.addEventListener('abort', end, { once: true });
  });
}
