/**
 * `badTable`: table.json is not a GatewayTable. `badKey`: key and certificate cannot be used. `listenFailed`: an
 * address or port cannot be had. `dialFailed`: no connection to a peer, or its key is not the pinned one. `noLink`:
 * no session towards a peer takes another stream.
 */
export type GatewayErrorCode = 'badTable' | 'badKey' | 'listenFailed' | 'dialFailed' | 'noLink';

/** What the gateway throws. `message` is a sentence with the facts, `hint` what mends it. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: GatewayErrorCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
