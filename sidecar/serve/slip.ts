import { HEADER_BYTES, TYPE } from '#core/wire/constants.ts';
import { uint16 } from '#core/wire/cursor.ts';
import { writeUint16 } from './octets.ts';
import { TRUNCATED } from './reply.ts';

/**
 * Makes of the reply in the first `length` octets one with TC and no records but OPT (which may hold a cookie), so
 * that a real client comes again over TCP and a victim gets no more than was sent in its name. A reply that has no
 * answer and no authority, an error, is small already and stays as it is. Returns the new length.
 */
export function truncateReply(out: Uint8Array, length: number): number {
  if (length < HEADER_BYTES || (uint16(out, ANCOUNT) === 0 && uint16(out, NSCOUNT) === 0)) return length;
  const records = uint16(out, ANCOUNT) + uint16(out, NSCOUNT) + uint16(out, ARCOUNT);
  const questionEnd = uint16(out, QDCOUNT) === 0 ? HEADER_BYTES : skipName(out, HEADER_BYTES, length) + 4;
  let end = questionEnd;
  let at = questionEnd;
  for (let k = 0; k < records && at < length; k += 1) {
    const fixed = skipName(out, at, length);
    const next = fixed + 10 + uint16(out, fixed + 8);
    if (uint16(out, fixed) === TYPE.OPT) {
      out.copyWithin(questionEnd, at, next);
      end = questionEnd + next - at;
    }
    at = next;
  }
  out[2] = (out[2] ?? 0) | TRUNCATED;
  writeUint16(out, ANCOUNT, 0);
  writeUint16(out, NSCOUNT, 0);
  writeUint16(out, ARCOUNT, end === questionEnd ? 0 : 1);
  return end;
}

function skipName(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const size = bytes[at] ?? 0;
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2;
    at += size + 1;
  }
  return end;
}

const QDCOUNT = 4;
const ANCOUNT = 6;
const NSCOUNT = 8;
const ARCOUNT = 10;
