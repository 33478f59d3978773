import { forgetSuffixes, type SuffixTable, suffixTable, writeCompressed } from './compression.ts';
import type { Name } from './name.ts';

/**
 * A message that is being written. `length` counts also what no longer fits into `bytes`: the writer asks after
 * each RRset whether it went too far, and takes it back.
 */
export interface Writer {
  readonly bytes: Uint8Array;
  length: number;
  readonly suffixes: SuffixTable;
}

/** Messages are at most this long: TCP's length field has 16 bits. */
export const MAX_MESSAGE_BYTES = 0xffff;

/** The writer, emptied. There is one: it serves one message at a time, to its end, and is never kept. */
export function freshWriter(length: number): Writer {
  forgetSuffixes(writer.suffixes, 0);
  writer.length = length;
  return writer;
}

/** Takes back what was written since the writer stood at `length` with `suffixCount` suffixes. */
export function takeBack(to: Writer, length: number, suffixCount: number): void {
  forgetSuffixes(to.suffixes, suffixCount);
  to.length = length;
}

export function putUint16(to: Writer, value: number): void {
  setUint16(to, to.length, value);
  to.length += 2;
}

export function putUint32(to: Writer, value: number): void {
  putUint16(to, value >>> 16);
  putUint16(to, value & 0xffff);
}

export function putOctet(to: Writer, value: number): void {
  to.bytes[to.length] = value;
  to.length += 1;
}

export function putOctets(to: Writer, octets: Uint8Array): void {
  if (to.length + octets.length <= to.bytes.length) to.bytes.set(octets, to.length);
  to.length += octets.length;
}

/** Writes a name, compressed when it may be; names in RDATA may only in the types of RFC 1035 (RFC 3597 §4). */
export function putName(to: Writer, name: Name, compression: 'compressed' | 'whole'): void {
  if (compression === 'whole') putOctets(to, name);
  else to.length = writeCompressed(to.bytes, to.length, name, to.suffixes);
}

/** Overwrites 16 bits at `at`. */
export function setUint16(to: Writer, at: number, value: number): void {
  to.bytes[at] = value >>> 8;
  to.bytes[at + 1] = value;
}

const writer: Writer = { bytes: new Uint8Array(MAX_MESSAGE_BYTES), length: 0, suffixes: suffixTable() };
