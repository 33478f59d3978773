import { SourceError } from '#core/source/errors.ts';

/**
 * Gives up on work at `server` when the time of --request-timeout is over; 0 is no limit. The result takes what is
 * done (`list pods`), a signal, and the work.
 */
export function timeLimit(server: string, timeoutMs: number) {
  return async <T>(
    what: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (timeoutMs === 0) return work(signal);
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await work(AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (!timeout.aborted) throw error;
      throw new SourceError(
        'timeout',
        `cannot ${what} at ${server}: no answer within ${timeoutMs / 1000} s`,
        { hint: 'wait longer with --request-timeout', cause: error },
      );
    }
  };
}
