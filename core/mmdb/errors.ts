/**
 * What can be wrong with a file in the MaxMind DB format. Readers return it, they never throw. `code` is stable;
 * `message` is a sentence with the facts, `hint` says what mends it.
 */
export interface MmdbError {
  readonly code: MmdbErrorCode;
  readonly message: string;
  readonly hint: string;
}

export type MmdbErrorCode = keyof typeof faults;

export type MmdbResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: MmdbError };

const faults = {
  'no-metadata': 'it has no metadata section at its end, so it is none, or its end is missing',
  metadata: 'its metadata lack a field, or have one that makes no sense',
  version: 'it has another major version of the format than 2',
  truncated: 'it is shorter than its metadata say',
  'tree-loop': 'its search tree leads back to itself',
  'tree-record': 'a record of its search tree points nowhere',
  data: 'a field in its data section runs past the end, or is nested or pointed to against the rules',
  'data-size': 'a record in its data section has more fields than any database has',
} as const;

/** The error value; `offset`: the octet at which reading stopped. */
export function mmdbError(code: MmdbErrorCode, offset?: number): MmdbError {
  const where = offset === undefined ? '' : ` (at octet ${offset})`;
  return {
    code,
    message: `The file is no usable MaxMind DB: ${faults[code]}${where}.`,
    hint: 'Fetch it again, unpacked, and put it into place by a rename; the format is MaxMind DB 2.0 (.mmdb).',
  };
}
