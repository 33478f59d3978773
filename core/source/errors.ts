/**
 * `notFound`: the object or resource is not there. `conflict`: somebody else wrote it meanwhile, or a precondition
 * failed. `unauthorized`: who we are was not accepted. `forbidden`: who we are may not. `invalid`: the object or the
 * request is refused as it stands. `unavailable`: no answer, or one that says to come back (429, 5xx). `timeout`: no
 * answer in time; a write may have happened. `readOnly`: the folder cannot be written to. `kubeconfig`: it cannot be
 * used.
 */
export type SourceErrorCode =
  | 'notFound'
  | 'conflict'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'unavailable'
  | 'timeout'
  | 'readOnly'
  | 'kubeconfig';

/** What a Source rejects with. `message` is a sentence with the facts, `hint` the command or setting that mends it. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly hint: string | undefined;
  /** What the API server asked us to wait (Retry-After), milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: SourceErrorCode,
    message: string,
    options: {
      readonly hint?: string | undefined;
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the same request may succeed later with nothing changed by hand. */
  get retryable(): boolean {
    return this.code === 'unavailable' || this.code === 'timeout' || this.code === 'conflict';
  }
}
