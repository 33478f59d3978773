/** What a command ends with; scripts rely on it. */
export const exitCodes = {
  ok: 0,
  /** Could not do or see all that was asked. */
  error: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** Done, and what was looked at is unhealthy or degraded. */
  unhealthy: 3,
  /** What was waited for did not happen in time. */
  timedOut: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
