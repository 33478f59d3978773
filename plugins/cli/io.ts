/** All that a command may reach of the terminal and the process it runs in; tests pass their own. */
export interface Io {
  /** Data only. */
  readonly stdout: Output;
  /** Progress, warnings, errors and hints. */
  readonly stderr: Output;
  /** Absent: nothing can be read, and nobody can be asked. */
  readonly stdin?: Input;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stdout is a terminal. */
  readonly isTTY: boolean;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch, for ages. Default: the clock. */
  readonly now?: () => number;
}

export interface Output {
  write(text: string): unknown;
}

export interface Input {
  /** Whether somebody sits there who can be asked. */
  readonly isTTY: boolean;
  /** All of it, as text. */
  text(signal: AbortSignal): Promise<string>;
  /** One line without its end; empty at the end of the input. */
  line(signal: AbortSignal): Promise<string>;
}
