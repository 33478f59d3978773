import { EDNS_OPTION, HEADER_BYTES, TYPE } from '#core/wire/constants.ts';
import { uint16 } from '#core/wire/cursor.ts';
import { writeUint16 } from './octets.ts';
import { TRUNCATED } from './reply.ts';

/**
 * Makes of the reply in the first `length` octets one without records but OPT, and in that nothing but a cookie: a
 * victim gets no more than was sent in its name (16 octets at most, where the query has a client cookie). TC brings a
 * real client back over TCP; an error, which has no records, does without. Returns the new length.
 */
export function truncateReply(out: Uint8Array, length: number): number {
  if (length < HEADER_BYTES) return length;
  const hadRecords = uint16(out, ANCOUNT) !== 0 || uint16(out, NSCOUNT) !== 0;
  const records = uint16(out, ANCOUNT) + uint16(out, NSCOUNT) + uint16(out, ARCOUNT);
  const questionEnd = uint16(out, QDCOUNT) === 0 ? HEADER_BYTES : skipName(out, HEADER_BYTES, length) + 4;
  let end = questionEnd;
  let at = questionEnd;
  for (let k = 0; k < records && at < length; k += 1) {
    const fixed = skipName(out, at, length);
    const next = fixed + 10 + uint16(out, fixed + 8);
    if (uint16(out, fixed) === TYPE.OPT) end = moveOpt(out, fixed, next, questionEnd);
    at = next;
  }
  if (hadRecords) out[2] = (out[2] ?? 0) | TRUNCATED;
  writeUint16(out, ANCOUNT, 0);
  writeUint16(out, NSCOUNT, 0);
  writeUint16(out, ARCOUNT, end === questionEnd ? 0 : 1);
  return end;
}

/** Copies the OPT record whose type stands at `fixed` to `to`, without other options than a cookie. */
function moveOpt(out: Uint8Array, fixed: number, next: number, to: number): number {
  let cookieAt = fixed + 10;
  while (cookieAt + 4 <= next && uint16(out, cookieAt) !== EDNS_OPTION.COOKIE)
    cookieAt += 4 + uint16(out, cookieAt + 2);
  const cookieBytes = cookieAt + 4 <= next ? 4 + uint16(out, cookieAt + 2) : 0;
  // Forwards, for it moves towards the start.
  out.copyWithin(to, fixed - 1, fixed + 10);
  out.copyWithin(to + OPT_BYTES, cookieAt, cookieAt + cookieBytes);
  writeUint16(out, to + OPT_BYTES - 2, cookieBytes);
  return to + OPT_BYTES + cookieBytes;
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

const OPT_BYTES = 11;
const QDCOUNT = 4;
const ANCOUNT = 6;
const NSCOUNT = 8;
const ARCOUNT = 10;
