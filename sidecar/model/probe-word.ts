/** What the probes of one target say so far. */
export interface ProbeWord {
  /** `unknown`: never passed; it counts as up, since the probe may be what is wrong. */
  readonly state: 'unknown' | 'up' | 'down';
  /** Failures in a row; of a target that is down: successes in a row. */
  readonly row: number;
  /** Of the failure that counts: the last one; of a target that is down, the one that took it down. */
  readonly why: string | undefined;
  /** Whether that failure was a response of the server itself. */
  readonly answered: boolean;
}
