import type { Logger } from '#core/telemetry/logger.ts';
import type { DnsCounters } from './counters.ts';
import type { ServeProblem } from './errors.ts';
import { limitedLine } from './limited-line.ts';
import { startQueryLog } from './query-log.ts';
import { createQueryRing, type QueryRing } from './query-ring.ts';
import type { RateLimits } from './rate-limit.ts';

/** What the main thread sees to of what the DNS thread tells about queries. */
export interface QueryWatch {
  /** What the DNS thread records for the query log. */
  readonly recording: { readonly ring: QueryRing; readonly oneIn: number } | undefined;
  /** Counters with what the query log lost on its way to the file. */
  withLost(counters: DnsCounters): DnsCounters;
  close(): Promise<void>;
}

/** Keeps the query log, and logs once per window that clients were limited, if any were. */
export function watchQueries(options: {
  /** The counters as they stand. */
  readonly read: () => DnsCounters;
  readonly rateLimits: RateLimits;
  readonly queryLog: { readonly path: string; readonly oneIn: number } | undefined;
  readonly log: Logger;
  readonly onProblem: (problem: ServeProblem) => void;
}): QueryWatch {
  const { read, rateLimits, queryLog, log, onProblem } = options;
  const { windowSeconds } = rateLimits;
  let before = read().rateLimited;
  const timer = setInterval(() => {
    const { rateLimited } = read();
    const line = limitedLine(before, rateLimited, windowSeconds);
    before = rateLimited;
    if (line !== undefined) log.warn(line.fields, line.message);
  }, windowSeconds * 1000);

  const ring = queryLog && createQueryRing();
  const file = ring && startQueryLog({ ring, path: queryLog.path, onProblem });
  return {
    recording: ring && { ring, oneIn: queryLog.oneIn },
    withLost: (all) => {
      const { taken, lost } = all.queryLog;
      return { ...all, queryLog: { taken, lost: lost + (file?.lost() ?? 0) } };
    },
    close: async () => {
      clearInterval(timer);
      await file?.close();
    },
  };
}
