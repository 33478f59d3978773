/** `listenFailed`: the address or port cannot be had. */
export class AdminListenError extends Error {
  override readonly name = 'AdminListenError';
  readonly code = 'listenFailed';
  /** The setting that mends it. */
  readonly hint: string;

  constructor(message: string, hint: string, cause: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}
