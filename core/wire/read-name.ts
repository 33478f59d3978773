import { HEADER_BYTES } from './constants.ts';
import type { Cursor } from './cursor.ts';
import type { MalformedCode } from './errors.ts';
import { MAX_NAME_BYTES, type Name } from './name.ts';

/** Whether compression pointers (RFC 1035 §4.1.4) may occur in the name that is read. */
export type Compression = 'allowed' | 'forbidden';

/**
 * Reads the name at the cursor and moves the cursor behind it. Returns a code instead when the name is malformed;
 * the cursor then stands at the name's start. Ends for any input: a pointer must lead to before the labels
 * read last, what it leads to must end there, and no more than 127 are followed.
 */
export function readName(cursor: Cursor, compression: Compression): Name | MalformedCode {
  const { bytes } = cursor;
  let start = cursor.offset;
  let limit = cursor.end;
  let at = start;
  let behind = -1;
  let pointers = 0;
  let out = 0;
  for (;;) {
    if (at >= limit) return 'truncated';
    const length = bytes[at++] ?? 0;
    if (length === 0) break;
    if (length >= POINTER) {
      if (compression === 'forbidden') return 'pointer';
      if (at >= limit) return 'truncated';
      const target = ((length & 0x3f) << 8) | (bytes[at++] ?? 0);
      if (target >= start || target < HEADER_BYTES || ++pointers > MAX_POINTERS) return 'pointer';
      if (behind < 0) behind = at;
      limit = start;
      start = target;
      at = target;
      continue;
    }
    if (length > 63) return 'label-type';
    if (at + length > limit) return 'truncated';
    if (out + 1 + length >= MAX_NAME_BYTES) return 'name-length';
    scratch[out++] = length;
    for (const end = at + length; at < end; at += 1) {
      const octet = bytes[at] ?? 0;
      scratch[out++] = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
    }
  }
  scratch[out++] = 0;
  cursor.offset = behind < 0 ? at : behind;
  return scratch.slice(0, out) as Name;
}

const POINTER = 0xc0;
const MAX_POINTERS = 127;

// Scratch space; nothing here outlives a call.
const scratch = new Uint8Array(MAX_NAME_BYTES);
