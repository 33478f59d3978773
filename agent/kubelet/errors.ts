/**
 * `listenFailed`: the port for the API server cannot be had. `signingRefused`: the certificate request was denied or
 * failed. `signingSilent`: it was approved, and no certificate came in time.
 */
export type KubeletErrorCode = 'listenFailed' | 'signingRefused' | 'signingSilent';

/** What this room throws. `message` is a sentence with the facts, `hint` what mends it. */
export class KubeletError extends Error {
  override readonly name = 'KubeletError';
  readonly code: KubeletErrorCode;
  readonly hint: string;

  constructor(code: KubeletErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
