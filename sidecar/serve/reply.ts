import { EDNS_OPTION, HEADER_BYTES, SAFE_UDP_BYTES, TYPE } from '#core/wire/constants.ts';
import { CHOICE_HEADER_BYTES, CHOICE_KIND, RECORD_BYTES } from './entry.ts';
import { copyOctets, writeUint16 } from './octets.ts';
import type { Query } from './query.ts';
import type { Template } from './served.ts';

/** A reply with no extended error (RFC 8914); 0xffff is not assigned. */
export const NO_EXTENDED_ERROR = 0xffff;

/** AA and TC in the third octet of a message. */
export const AUTHORITATIVE = 0x04;
export const TRUNCATED = 0x02;

/** Copies the question byte for byte, for clients hide entropy in the case of its letters (0x20). */
export function writeQuestion(query: Query, out: Uint8Array): number {
  const { bytes, questionEnd } = query;
  for (let k = HEADER_BYTES; k < questionEnd; k += 1) out[k] = bytes[k] ?? 0;
  return questionEnd;
}

/** The octets that the OPT record of the reply takes, without an extended error. */
export function optBytes(query: Query): number {
  return query.edns ? OPT_BYTES : 0;
}

/** Writes the OPT record, where there is to be one, and the header, which completes a reply. Returns its length. */
export function finish(
  query: Query,
  out: Uint8Array,
  at: number,
  flags: number,
  rcode: number,
  answers: number,
  authorities: number,
  extendedError: number,
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
  return query.edns ? writeOpt(query, out, at, rcode, extendedError) : at;
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
 * Writes all records of the choice at `choice`, in the order that its kind and `random` (32 bits, unsigned) make.
 * The caller has checked that they fit.
 */
export function writeChoice(
  entries: Uint8Array,
  choice: number,
  type: number,
  random: number,
  out: Uint8Array,
  at: number,
): number {
  const size = recordBytes(type);
  const count = choiceRecords(entries, choice);
  const from = choice + CHOICE_HEADER_BYTES;
  const first = entries[choice] === CHOICE_KIND.ROTATE ? Math.floor((random / 2 ** 32) * count) : 0;
  copyOctets(entries, from + first * size, out, at, (count - first) * size);
  copyOctets(entries, from, out, at + (count - first) * size, first * size);
  return at + count * size;
}

/** The number of records that the choice at `choice` answers with. */
export function choiceRecords(entries: Uint8Array, choice: number): number {
  return ((entries[choice + 1] ?? 0) << 8) | (entries[choice + 2] ?? 0);
}

/** Octets of one record of a choice. */
export function recordBytes(type: number): number {
  return type === TYPE.A ? RECORD_BYTES.A : RECORD_BYTES.AAAA;
}

function writeOpt(query: Query, out: Uint8Array, at: number, rcode: number, extendedError: number): number {
  const optionBytes = extendedError === NO_EXTENDED_ERROR ? 0 : EXTENDED_ERROR_BYTES;
  out[at] = 0;
  writeUint16(out, at + 1, TYPE.OPT);
  writeUint16(out, at + 3, SAFE_UDP_BYTES);
  out[at + 5] = rcode >> 4;
  out[at + 6] = 0;
  writeUint16(out, at + 7, query.dnssecOk ? 0x8000 : 0);
  writeUint16(out, at + 9, optionBytes);
  if (optionBytes > 0) {
    writeUint16(out, at + 11, EDNS_OPTION.EXTENDED_ERROR);
    writeUint16(out, at + 13, 2);
    writeUint16(out, at + 15, extendedError);
  }
  return at + OPT_BYTES + optionBytes;
}

const OPT_BYTES = 11;
const EXTENDED_ERROR_BYTES = 6;
