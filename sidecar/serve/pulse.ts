import { COUNTER, type Counters } from './counters.ts';

/** Beat of a DNS thread: it counts one a second, whatever else it does. */
export const BEAT_MS = 1000;

/**
 * Watches the threads' beats, to be looked at once per beat. A thread that has not beaten in ten looks hangs: looks are
 * counted, not time, so that a machine that slept, or has no time for any of us, is not taken for it. One that is
 * started again within that time is not either.
 */
export function createPulse(counters: readonly Counters[]): { isStuckAtLook(): boolean } {
  const seen = counters.map(() => ({ beats: -1, missed: 0 }));
  return {
    isStuckAtLook: () => {
      for (const [index, thread] of seen.entries()) {
        const beats = counters[index]?.[COUNTER.BEATS] ?? 0;
        thread.missed = beats === thread.beats ? thread.missed + 1 : 0;
        thread.beats = beats;
      }
      return seen.some(({ missed }) => missed >= MOST_MISSED);
    },
  };
}

const MOST_MISSED = 10;
