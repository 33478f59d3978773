/** A place in a message that is being read. Reading functions move `offset` on and never read at or behind `end`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  offset: number;
  /** One past the last readable octet: the message's end, or the RDATA's while a record is read. */
  end: number;
}

/** The 16-bit number at `at`; the caller has checked that it lies inside. */
export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** The unsigned 32-bit number at `at`; the caller has checked that it lies inside. */
export function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2);
}

/** A copy of `from` to `to`: what is read outlives the buffer that it came in. (A Buffer's own slice is a view.) */
export function copyOctets(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}
