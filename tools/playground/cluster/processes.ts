/** A daemon to run. */
export interface ProcessSpec {
  /** Unique among its neighbours; its log is named after it. */
  readonly name: string;
  /** The whole command line, with what it is run inside (such as nsenter) in front. */
  readonly argv: readonly [string, ...string[]];
}

/** Where daemons are started: children of this process, or detached ones that a file remembers. */
export interface Processes {
  /**
   * Starts the daemon unless it already runs with this very argv; says whether it was started. Resolves then, not when
   * the daemon is ready.
   */
  ensure(spec: ProcessSpec): Promise<boolean>;
  /** Undefined while it runs; otherwise a sentence on its end, with the last lines of its log. */
  failure(name: string): string | undefined;
}

/** The last lines of a log, for a message; empty when there is none. */
export function lastLines(log: string, count = 5): string {
  return log.trimEnd().split('\n').slice(-count).join('\n');
}
