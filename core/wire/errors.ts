/**
 * What can be wrong with bytes, text or values at the door of core/wire. Readers return it, they never throw:
 * what they read comes from strangers. `code` is stable; `message` is a sentence with the facts and never
 * holds a secret; `hint` says what mends it.
 */
export interface WireError {
  readonly code: WireErrorCode;
  readonly message: string;
  readonly hint: string;
}

export type WireErrorCode = MalformedCode | 'name-text' | 'key-file' | 'value';

/** Why bytes are not a DNS message. */
export type MalformedCode = keyof typeof malformed;

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError };

const malformed = {
  truncated: 'it ends in the middle of a field',
  counts: 'its header announces more records than its length can hold',
  'label-type': 'a label has a reserved type',
  pointer: 'a compression pointer does not point to an earlier name',
  'name-length': 'a name is longer than 255 octets',
  rdata: 'the data of a record does not fit its type',
  'trailing-bytes': 'bytes follow its last record',
  'edns-option': 'an EDNS option is malformed',
  'edns-record': 'its OPT record is not the only one, or its owner is not the root',
  'tsig-record': 'its TSIG record is malformed, not the last record, or not the only one',
} as const;

/** The error value for a malformed message; `offset` is the byte at which reading stopped. */
export function malformedError(code: MalformedCode, offset?: number): WireError {
  const where = offset === undefined ? '' : ` at byte ${offset}`;
  return {
    code,
    message: `The DNS message is malformed${where}: ${malformed[code]}.`,
    hint: 'Check that the address and port are those of a DNS server; if they are, its software is at fault.',
  };
}

/** The result form of `malformedError`. */
export function malformedResult(
  code: MalformedCode,
  offset?: number,
): { readonly ok: false; readonly error: WireError } {
  return { ok: false, error: malformedError(code, offset) };
}

/**
 * Thrown by writers and constructors for values that no DNS message can hold. Only our own code can cause it:
 * what comes from outside passes a reader or parser first.
 */
export class WireValueError extends Error implements WireError {
  override readonly name = 'WireValueError';
  readonly code: WireErrorCode;
  readonly hint: string;

  constructor(error: WireError) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint;
  }
}

/** A `WireValueError` with code `value`. */
export function valueError(
  message: string,
  hint = 'This is a fault of the program: report it with the message.',
): WireValueError {
  return new WireValueError({ code: 'value', message, hint });
}
