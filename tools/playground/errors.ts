/** Everything that the playground can refuse or fail with; the code is stable, the hint is what mends it. */
export type PlaygroundErrorCode =
  | 'COMMAND_FAILED'
  | 'PROCESS_DIED'
  | 'NOT_READY'
  | 'SUBNET_TAKEN'
  | 'NO_SUBNET_LEFT'
  | 'BUSY'
  | 'NOT_ROOT'
  | 'NOT_LINUX'
  | 'PATH_TOO_LONG'
  | 'NO_SUCH_INSTANCE'
  | 'BAD_STATE'
  | 'OTHER_LAYOUT'
  | 'NO_CGROUPS'
  | 'NOT_BUILT'
  | 'LEFTOVERS'
  | 'NO_LIVE_ANSWER'
  | 'USAGE';

/** An error with the facts in its message and, where there is one, the remedy in `hint`. */
export class PlaygroundError extends Error {
  readonly code: PlaygroundErrorCode;
  readonly hint: string | undefined;

  constructor(code: PlaygroundErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PlaygroundError';
    this.code = code;
    this.hint = options.hint;
  }
}
