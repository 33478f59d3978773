import { HEADER_BYTES, TYPE } from '#core/wire/constants.ts';
import { CHOICE_KIND, LEAF_HEADER_BYTES, RECORD_BYTES } from './entry.ts';
import type { ExtendedError } from './extended-error.ts';
import { copyOctets, writeUint16 } from './octets.ts';
import type { Query } from './query.ts';
import { writeOpt } from './reply-opt.ts';
import type { Template } from './served.ts';
import type { Settings } from './settings.ts';

/** AA and TC in the third octet of a message. */
export const AUTHORITATIVE = 0x04;
export const TRUNCATED = 0x02;

/** Copies the question byte for byte, for clients hide entropy in the case of its letters (0x20). */
export function writeQuestion(query: Query, out: Uint8Array): number {
  const { bytes, questionEnd } = query;
  for (let k = HEADER_BYTES; k < questionEnd; k += 1) out[k] = bytes[k] ?? 0;
  return questionEnd;
}

/** Writes the OPT record, where there is to be one, and the header, which completes a reply. Returns its length. */
export function finish(
  settings: Settings,
  query: Query,
  out: Uint8Array,
  at: number,
  flags: number,
  rcode: number,
  answers: number,
  authorities: number,
  why: ExtendedError | undefined,
): number {
  const { bytes } = query;
  query.rcode = rcode;
  out[0] = bytes[0] ?? 0;
  out[1] = bytes[1] ?? 0;
  // QR, with opcode and RD as asked.
  out[2] = 0x80 | ((bytes[2] ?? 0) & 0x79) | flags;
  out[3] = rcode & 0xf;
  writeUint16(out, 4, query.questionEnd === HEADER_BYTES ? 0 : 1);
  writeUint16(out, 6, answers);
  writeUint16(out, 8, authorities);
  writeUint16(out, 10, query.edns ? 1 : 0);
  return query.edns ? writeOpt(settings, query, out, at, rcode, why) : at;
}

/** Writes a template; its pointers are reckoned from the end of the question's name. */
export function writeTemplate(query: Query, template: Template, out: Uint8Array, at: number): number {
  const { bytes, pointers } = template;
  copyOctets(bytes, 0, out, at, bytes.length);
  const nameEnd = query.questionEnd - 4;
  for (let k = 0; k < pointers.length; k += 2) {
    writeUint16(out, at + (pointers[k] ?? 0), 0xc000 | (nameEnd - (pointers[k + 1] ?? 0)));
  }
  return at + bytes.length;
}

/**
 * Writes all records of the leaf at `leaf`, in the order that its kind and `random` (32 bits) make.
 * The caller has checked that they fit.
 */
export function writeLeaf(
  entries: Uint8Array,
  leaf: number,
  type: number,
  random: number,
  out: Uint8Array,
  at: number,
): number {
  const size = recordBytes(type);
  const count = leafRecords(entries, leaf);
  const from = leaf + LEAF_HEADER_BYTES;
  const first = entries[leaf] === CHOICE_KIND.ROTATE ? Math.floor(((random >>> 0) / 2 ** 32) * count) : 0;
  copyOctets(entries, from + first * size, out, at, (count - first) * size);
  copyOctets(entries, from, out, at + (count - first) * size, first * size);
  return at + count * size;
}

/** The number of records of the leaf at `leaf`. */
export function leafRecords(entries: Uint8Array, leaf: number): number {
  return ((entries[leaf + 1] ?? 0) << 8) | (entries[leaf + 2] ?? 0);
}

/** Octets of one record of a leaf. */
export function recordBytes(type: number): number {
  return type === TYPE.A ? RECORD_BYTES.A : RECORD_BYTES.AAAA;
}
