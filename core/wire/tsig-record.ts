import { CLASS, HEADER_BYTES, TYPE } from './constants.ts';
import { type Cursor, copyOctets, uint16 } from './cursor.ts';
import { valueError } from './errors.ts';
import type { TsigRdata } from './message.ts';
import type { Name } from './name.ts';
import { readRecord } from './read-message.ts';
import { putRecord } from './write-rdata.ts';
import { freshWriter, MAX_MESSAGE_BYTES } from './writer.ts';

/** A TSIG record taken off its message. */
export interface FoundTsig {
  readonly keyName: Name;
  readonly tsig: TsigRdata;
  /** The message as it was before it was signed: without the record, with the original id. */
  readonly unsigned: Uint8Array;
}

/**
 * Finds the TSIG record of a message. `malformed` when the message cannot be walked to its end, or the record is
 * not the last one, not the only one, not of class ANY, TTL 0, or its RDATA is broken (RFC 8945 §5.2: FORMERR).
 */
export function findTsig(message: Uint8Array): FoundTsig | 'none' | 'malformed' {
  if (message.length < HEADER_BYTES) return 'malformed';
  const cursor: Cursor = { bytes: message, offset: HEADER_BYTES, end: message.length };
  for (let k = uint16(message, 4); k > 0; k -= 1) {
    if (!skipName(cursor) || !skip(cursor, 4)) return 'malformed';
  }
  const additionals = uint16(message, 10);
  const records = uint16(message, 6) + uint16(message, 8) + additionals;
  for (let k = 1; k <= records; k += 1) {
    const start = cursor.offset;
    const type = skipRecord(cursor);
    if (type === undefined) return 'malformed';
    if (type !== TYPE.TSIG) continue;
    if (k < records || additionals === 0 || cursor.offset !== message.length) return 'malformed';
    return takeOff(message, start);
  }
  return cursor.offset === message.length ? 'none' : 'malformed';
}

/** The message with a TSIG record at its end. @throws WireValueError when it then exceeds 65535 octets. */
export function appendTsig(message: Uint8Array, keyName: Name, tsig: TsigRdata): Uint8Array {
  const to = freshWriter(0);
  putRecord(to, { name: keyName, type: TYPE.TSIG, class: CLASS.ANY, ttl: 0, rdata: tsig });
  const signed = new Uint8Array(message.length + to.length);
  if (signed.length > MAX_MESSAGE_BYTES) {
    throw valueError(
      'A message of more than 65535 octets cannot be sent.',
      'Keep tsigBytes(key) octets free.',
    );
  }
  signed.set(message);
  signed.set(to.bytes.subarray(0, to.length), message.length);
  setUint16(signed, 10, uint16(message, 10) + 1);
  return signed;
}

function takeOff(message: Uint8Array, start: number): FoundTsig | 'malformed' {
  const record = readRecord({ bytes: message, offset: start, end: message.length });
  if (typeof record === 'string' || record.rdata.kind !== 'TSIG') return 'malformed';
  if (record.class !== CLASS.ANY || record.ttl !== 0) return 'malformed';
  const unsigned = copyOctets(message, 0, start);
  setUint16(unsigned, 0, record.rdata.originalId);
  setUint16(unsigned, 10, uint16(message, 10) - 1);
  return { keyName: record.name, tsig: record.rdata, unsigned };
}

// Moves behind a record and returns its type; undefined when it does not fit.
function skipRecord(cursor: Cursor): number | undefined {
  if (!skipName(cursor)) return undefined;
  const at = cursor.offset;
  if (!skip(cursor, 10) || !skip(cursor, uint16(cursor.bytes, at + 8))) return undefined;
  return uint16(cursor.bytes, at);
}

// Pointers are stepped over, not followed: who reads the name judges it.
function skipName(cursor: Cursor): boolean {
  for (;;) {
    const length = cursor.bytes[cursor.offset];
    if (length === undefined || cursor.offset >= cursor.end) return false;
    if (length >= 0xc0) return skip(cursor, 2);
    if (length > 63 || !skip(cursor, 1 + length)) return false;
    if (length === 0) return true;
  }
}

function skip(cursor: Cursor, octets: number): boolean {
  cursor.offset += octets;
  return cursor.offset <= cursor.end;
}

function setUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
