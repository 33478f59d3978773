import {
  CLASS,
  HEADER_BYTES,
  OPCODE,
  PLAIN_UDP_BYTES,
  RCODE,
  SAFE_UDP_BYTES,
  TYPE,
} from '#core/wire/constants.ts';
import { uint16 } from '#core/wire/cursor.ts';
import { RRL_KIND } from './client.ts';
import { createNameKey, type NameKey, readNameKey } from './name-key.ts';

/** The query at hand and what was found out about it. One is filled over and over; nothing of it is kept. */
export interface Query {
  /** Set by the caller: the message, of which `length` octets count. */
  bytes: Uint8Array;
  length: number;
  /** Set by the caller. */
  overTcp: boolean;

  readonly key: NameKey;
  /** Offset behind the question; 12 when there is none that could be echoed. */
  questionEnd: number;
  type: number;
  /** Whether the reply carries an OPT record: exactly when the query has one (RFC 6891 §6.1.1). */
  edns: boolean;
  dnssecOk: boolean;
  /** Octets that the reply may have. */
  limit: number;
  /** Label at which the closest encloser of the name starts, after `respond` had to look for it. */
  encloserLabel: number;
  /** Response code of the reply, all twelve bits. */
  rcode: number;
  /** What rate limiting goes by (`Client`); an error about nothing until `respond` finds more. */
  rrlKind: number;
  rrlSubject: number;
}

export function createQuery(): Query {
  return {
    bytes: Buffer.alloc(0),
    length: 0,
    overTcp: false,
    key: createNameKey(),
    questionEnd: 0,
    type: 0,
    edns: false,
    dnssecOk: false,
    limit: 0,
    encloserLabel: 0,
    rcode: 0,
    rrlKind: RRL_KIND.ERROR,
    rrlSubject: 0,
  };
}

/** What `readQuery` says of messages that get no reply at all. */
export const SILENCE = -1;

/**
 * Reads the message in `query.bytes`. Returns NOERROR for a question that may be looked up, another response code to
 * refuse it with, or SILENCE: too short for a header, or itself a response, which must never be answered or two
 * servers talk for ever.
 */
export function readQuery(query: Query): number {
  const { bytes, length } = query;
  query.questionEnd = HEADER_BYTES;
  query.edns = false;
  query.dnssecOk = false;
  query.limit = query.overTcp ? MAX_TCP_BYTES : PLAIN_UDP_BYTES;
  if (length < HEADER_BYTES || (bytes[2] ?? 0) & RESPONSE_BIT) return SILENCE;

  const opcode = ((bytes[2] ?? 0) >> 3) & 0xf;
  const isKnown = opcode === OPCODE.QUERY || opcode === OPCODE.NOTIFY || opcode === OPCODE.UPDATE;
  // What sections mean depends on the opcode: a message of an unknown one is not ours to find fault with.
  if (!readQuestion(query)) return isKnown ? RCODE.FORMERR : RCODE.NOTIMP;
  const edns = readRecords(query);
  if (!isKnown) return RCODE.NOTIMP;
  if (edns !== RCODE.NOERROR) return edns;
  return opcode === OPCODE.QUERY ? judgeQuestion(query) : RCODE.REFUSED;
}

function readQuestion(query: Query): boolean {
  const { bytes, length, key } = query;
  if (uint16(bytes, QDCOUNT) !== 1) return false;
  const nameEnd = readNameKey(key, bytes, HEADER_BYTES, length);
  if (nameEnd === 0 || nameEnd + 4 > length) return false;
  query.type = uint16(bytes, nameEnd);
  query.questionEnd = nameEnd + 4;
  return true;
}

/**
 * Walks over the records behind the question, for the sake of OPT. FORMERR when one runs past the end, or OPT is
 * malformed, twice there or not among the additional ones. Octets behind the last record are passed over, as BIND does.
 */
function readRecords(query: Query): number {
  const { bytes, length } = query;
  const ordinary = uint16(bytes, ANCOUNT) + uint16(bytes, NSCOUNT);
  const records = ordinary + uint16(bytes, ARCOUNT);
  let at = query.questionEnd;
  let rcode: number = RCODE.NOERROR;
  for (let k = 0; k < records; k += 1) {
    const fixed = skipName(bytes, at, length);
    if (fixed === 0 || fixed + 10 > length) return withoutEdns(query);
    const end = fixed + 10 + uint16(bytes, fixed + 8);
    if (end > length) return withoutEdns(query);
    if (uint16(bytes, fixed) === TYPE.OPT) {
      if (k < ordinary || query.edns || fixed !== at + 1) return withoutEdns(query);
      if (!areOptionsWhole(bytes, fixed + 10, end)) return withoutEdns(query);
      rcode = readOpt(query, fixed);
    }
    at = end;
  }
  return rcode;
}

function withoutEdns(query: Query): number {
  query.edns = false;
  query.limit = query.overTcp ? MAX_TCP_BYTES : PLAIN_UDP_BYTES;
  return RCODE.FORMERR;
}

// RFC 6891 §6.1.2; the class holds the payload size, the TTL the extended code, version and flags.
function readOpt(query: Query, fixed: number): number {
  const { bytes } = query;
  const asked = uint16(bytes, fixed + 2);
  query.edns = true;
  if (!query.overTcp) query.limit = Math.min(Math.max(asked, PLAIN_UDP_BYTES), SAFE_UDP_BYTES);
  query.dnssecOk = ((bytes[fixed + 6] ?? 0) & DO_BIT) !== 0;
  return bytes[fixed + 5] === 0 ? RCODE.NOERROR : RCODE.BADVERS;
}

function areOptionsWhole(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at + 4 <= end) at += 4 + uint16(bytes, at + 2);
  return at === end;
}

/** The offset behind a name, pointers not followed; 0 when it runs past the end or has a reserved label type. */
function skipName(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const size = bytes[at] ?? 0;
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2;
    if (size > 63) return 0;
    at += size + 1;
  }
  return 0;
}

function judgeQuestion(query: Query): number {
  const { bytes, type } = query;
  if (type === TYPE.AXFR || type === TYPE.IXFR) return RCODE.REFUSED;
  if (uint16(bytes, ANCOUNT) !== 0 || uint16(bytes, NSCOUNT) !== 0) return RCODE.FORMERR;
  if (uint16(bytes, query.questionEnd - 2) !== CLASS.IN) return RCODE.REFUSED;
  if (type === TYPE.OPT || type === TYPE.TSIG || type === TKEY) return RCODE.FORMERR;
  return type === MAILA || type === MAILB ? RCODE.NOTIMP : RCODE.NOERROR;
}

/** The most that a message over TCP can have: its length field has 16 bits. */
export const MAX_TCP_BYTES = 0xffff;

const QDCOUNT = 4;
const ANCOUNT = 6;
const NSCOUNT = 8;
const ARCOUNT = 10;
const RESPONSE_BIT = 0x80;
const DO_BIT = 0x80;

// Types that are only asked or only in transit (RFC 6895 §3.1) and that no one else needs by name.
const TKEY = 249;
const MAILB = 253;
const MAILA = 254;
