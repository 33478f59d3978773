import { type Attempt, attempt } from './attempt.ts';
import type { Outcome } from './outcome.ts';
import type { ProbeTarget } from './target.ts';

/** When connections to an address from which nothing came yet are begun, ms after the probe began. */
const attemptsMs = [0, 150, 300] as const;

/**
 * Probes a target once. While nothing at all comes back, a second and a third connection are begun: Linux repeats a
 * SYN that was lost only after a second, later than `timeoutMs`, and one lost packet in five must not look like a dead
 * address. The first that ends decides; a refusal is an answer.
 * @param signal ends it as `inconclusive`
 */
export function probe(target: ProbeTarget, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const attempts: Attempt[] = [];
  let next: NodeJS.Timeout | undefined;
  let connected = false;
  const end = (outcome: Outcome): void => {
    clearTimeout(next);
    clearTimeout(limit);
    signal.removeEventListener('abort', aborted);
    for (const each of attempts) each.cancel();
    resolve(outcome);
  };
  const aborted = (): void => end({ kind: 'inconclusive', why: 'cancelled' });
  const begin = (): void => {
    if (connected) return;
    try {
      attempts.push(attempt(target, { connected: () => (connected = true), done: end }));
    } catch (error) {
      end({ kind: 'failed', why: (error as Error).message });
      return;
    }
    const [before, after] = [attemptsMs[attempts.length - 1], attemptsMs[attempts.length]];
    if (before !== undefined && after !== undefined) next = setTimeout(begin, after - before);
  };
  const beganMs = performance.now();
  const limit = setTimeout(() => {
    const lateMs = performance.now() - beganMs - timeoutMs;
    // A process that was held up sees its timers before its sockets: what has come meanwhile is read first. A request
    // may need more than that, and nobody knows how long its response would have taken.
    const outcome: Outcome =
      lateMs > timeoutMs / 2
        ? { kind: 'inconclusive', why: `this process was held up for ${Math.round(lateMs)} ms` }
        : { kind: 'silent', why: `no answer in ${timeoutMs} ms` };
    setImmediate(() => end(outcome));
  }, timeoutMs);
  signal.addEventListener('abort', aborted);
  if (signal.aborted) aborted();
  else begin();
  return promise;
}
