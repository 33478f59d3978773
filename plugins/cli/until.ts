import { SourceError } from '#core/source/errors.ts';
import { CliError } from '#plugins/cli/errors.ts';

/** What a look found: the result, or what is still waited for and why. */
export type Look<T> = { readonly done: T } | { readonly waiting: string };

export interface UntilOptions {
  /** What is waited for, for the error: `the namespace to be offloaded`. */
  readonly what: string;
  readonly timeoutMs: number;
  /** The command that shows more. */
  readonly hint: string;
  readonly signal: AbortSignal;
  /** Between two looks, milliseconds. Default 150. */
  readonly everyMs?: number;
}

/**
 * Looks again and again until it is done. An API server that does not answer is waited for too.
 * @throws CliError `timedOut` that names what was waited for and the last cause; `interrupted` after Ctrl-C
 */
export async function until<T>(look: () => Promise<Look<T>>, options: UntilOptions): Promise<T> {
  const { what, timeoutMs, hint, signal, everyMs = 150 } = options;
  const deadline = performance.now() + timeoutMs;
  let last = 'it has just begun';
  const stopped = () =>
    new CliError('interrupted', `no longer waiting for ${what}: ${last}`, { hint: options.hint });
  for (;;) {
    const seen = await patiently(look, signal).catch((error: unknown) => {
      throw signal.aborted ? stopped() : error;
    });
    if (signal.aborted) throw stopped();
    if ('done' in seen) return seen.done;
    last = seen.waiting;
    if (performance.now() >= deadline)
      throw new CliError(
        'timedOut',
        `gave up after ${Number((timeoutMs / 1000).toPrecision(3))} s waiting for ${what}: ${seen.waiting}`,
        {
          hint,
        },
      );
    await pause(Math.min(everyMs, Math.max(1, deadline - performance.now())), signal).catch(() => {
      throw stopped();
    });
  }
}

async function patiently<T>(look: () => Promise<Look<T>>, signal: AbortSignal): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceError && error.retryable) return { waiting: error.message };
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(resolve, ms);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  });
}
