import type { Answer } from './answerer.ts';
import { isOverTcp } from './client.ts';
import { COUNTER, type Counters, count } from './counters.ts';
import type { QueryRecorder } from './query-ring.ts';
import type { RateLimiter, Verdict } from './rate-limit.ts';
import { truncateReply } from './slip.ts';

/**
 * Puts rate limiting and the query log around an answerer: what comes out is what may be sent. `queryLog` takes one
 * query in `oneIn`; a query that got no answer counts as one.
 */
export function guarded(options: {
  readonly answer: Answer;
  readonly limiter: RateLimiter;
  readonly counters: Counters;
  readonly queryLog: { readonly recorder: QueryRecorder; readonly oneIn: number } | undefined;
}): Answer {
  const { answer, limiter, counters, queryLog } = options;
  let untilNext = queryLog?.oneIn ?? 0;

  return (bytes, length, client, out) => {
    const made = answer(bytes, length, client, out);
    let size = made;
    let verdict: Verdict = 'send';
    if (made > 0 && !client.cookieValid && !isOverTcp(client)) {
      verdict = limiter.judge(client);
      if (verdict === 'slip') size = truncateReply(out, made);
      else if (verdict === 'drop') size = 0;
    }
    if (queryLog !== undefined) {
      untilNext -= 1;
      if (untilNext === 0) {
        untilNext = queryLog.oneIn;
        const isTaken = queryLog.recorder.record(client, verdict, bytes, length, made, Date.now());
        count(counters, isTaken ? COUNTER.LOG_TAKEN : COUNTER.LOG_LOST);
      }
    }
    return size;
  };
}
