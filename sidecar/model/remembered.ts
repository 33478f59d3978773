import type { ActiveRecord } from './active-record.ts';

/** What the next decision about a host needs to know of the ones before. */
export interface Remembered {
  /** Failover: the cluster that the host was with. */
  readonly active?: ActiveRecord;
  /** The addresses of the last answer that healthy clusters gave. */
  readonly lastGood?: readonly string[];
  /** `failback: after`: since when this cluster could take the host back without interruption, ms since 1970. */
  readonly readyAgainMs?: number;
  /** Failover: since when the active cluster is waited for, which has not been heard since the start, ms since 1970. */
  readonly unheardSinceMs?: number;
  /** The hold (its end) that had to be passed over once: it stays so, or two held clusters would take turns. */
  readonly releasedHoldMs?: number;
}
