import {
  CLASS,
  HEADER_BYTES,
  OPCODE,
  PLAIN_UDP_BYTES,
  RCODE,
  SAFE_UDP_BYTES,
  TYPE,
} from '#core/wire/constants.ts';
import { uint16, uint32 } from '#core/wire/cursor.ts';
import { type Client, createClient, isOverTcp, RRL_KIND } from './client.ts';
import { COUNTER } from './counters.ts';
import { createNameKey, type NameKey, readNameKey } from './name-key.ts';
import { areOptionsWhole, clearOptions, type QueryOptions, readOptions } from './query-options.ts';

/** The query at hand and what was found out about it. One is filled over and over; nothing of it is kept. */
export interface Query extends QueryOptions {
  /** Set by the caller: the message, of which `length` octets count. */
  bytes: Uint8Array;
  length: number;
  /** Set by the caller: who asks. */
  client: Client;

  readonly key: NameKey;
  /** Offset behind the question; 12 when there is none that could be echoed. */
  questionEnd: number;
  type: number;
  /** Whether the reply carries an OPT record: exactly when the query has one (RFC 6891 §6.1.1). */
  edns: boolean;
  dnssecOk: boolean;
  /** Octets that the reply may have. */
  limit: number;
  /** Where a TSIG record starts, which is then the last one; 0: none. */
  tsigAt: number;
  /** What its cookie is worth, one of COOKIE. */
  cookie: number;
  /** When it was judged, seconds since 1970. */
  nowSeconds: number;
  /** SCOPE PREFIX-LENGTH of the reply, where the query names a client subnet (RFC 7871 §7.2.1). */
  scopeBits: number;
  /** Octets that the OPT record of the reply takes without an extended error; 0: it has none. */
  optBytes: number;
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
    client: createClient(COUNTER.UDP4),
    key: createNameKey(),
    questionEnd: 0,
    type: 0,
    edns: false,
    dnssecOk: false,
    limit: 0,
    tsigAt: 0,
    nsid: false,
    keepalive: false,
    cookieAt: 0,
    cookieBytes: 0,
    subnetAt: 0,
    subnetBytes: 0,
    cookie: 0,
    nowSeconds: 0,
    scopeBits: 0,
    optBytes: 0,
    encloserLabel: 0,
    rcode: 0,
    rrlKind: RRL_KIND.ERROR,
    rrlSubject: 0,
  };
}

/** What `readQuery` says of messages that get no reply at all. */
export const SILENCE = -1;

/** What it says of a query that only fetches a cookie: it has no question (RFC 7873 §5.4). */
export const ONLY_COOKIE = -2;

/** What it says of a question in class CH, which is about the server itself. */
export const ABOUT_SERVER = -3;

/**
 * Reads the message in `query.bytes`. Returns NOERROR for a question that may be looked up, another response code to
 * refuse it with, one of the above, or SILENCE: too short for a header, or itself a response, which must never be
 * answered or two servers talk for ever.
 */
export function readQuery(query: Query): number {
  const { bytes, length } = query;
  query.questionEnd = HEADER_BYTES;
  query.tsigAt = 0;
  query.scopeBits = 0;
  withoutEdns(query);
  if (length < HEADER_BYTES || (bytes[2] ?? 0) & RESPONSE_BIT) return SILENCE;

  const opcode = ((bytes[2] ?? 0) >> 3) & 0xf;
  const isKnown = opcode === OPCODE.QUERY || opcode === OPCODE.NOTIFY || opcode === OPCODE.UPDATE;
  if (opcode === OPCODE.QUERY && uint16(bytes, QDCOUNT) === 0) return readWithoutQuestion(query);
  // What sections mean depends on the opcode: a message of an unknown one is not ours to find fault with.
  if (!readQuestion(query)) return isKnown ? RCODE.FORMERR : RCODE.NOTIMP;
  const records = readRecords(query);
  if (!isKnown) return RCODE.NOTIMP;
  if (records !== RCODE.NOERROR) return records;
  if (query.tsigAt !== 0) return RCODE.NOTAUTH;
  return opcode === OPCODE.QUERY ? judgeQuestion(query) : RCODE.REFUSED;
}

function readWithoutQuestion(query: Query): number {
  const records = readRecords(query);
  if (records !== RCODE.NOERROR) return records;
  const { bytes } = query;
  const isBare = uint16(bytes, ANCOUNT) === 0 && uint16(bytes, NSCOUNT) === 0;
  return isBare && query.cookieAt !== 0 ? ONLY_COOKIE : RCODE.FORMERR;
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
 * Walks over the records behind the question, for the sake of OPT and TSIG. FORMERR when one runs past the end, or
 * either is malformed, twice there or not among the additional ones. Octets behind the last record are passed over,
 * as BIND does.
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
    const type = uint16(bytes, fixed);
    if (type === TYPE.OPT) {
      if (k < ordinary || query.edns || fixed !== at + 1) return withoutEdns(query);
      if (!areOptionsWhole(bytes, fixed + 10, end)) return withoutEdns(query);
      rcode = readOpt(query, fixed, end);
    } else if (type === TYPE.TSIG) {
      // RFC 8945 §5.1: the last record. (Some of §5.2's checks need a key, and we have none.)
      if (k < ordinary || k !== records - 1 || !isTsig(bytes, at, fixed, end)) return withoutEdns(query);
      query.tsigAt = at;
    }
    at = end;
  }
  return rcode;
}

function withoutEdns(query: Query): number {
  query.edns = false;
  query.dnssecOk = false;
  query.limit = isOverTcp(query.client) ? MAX_TCP_BYTES : PLAIN_UDP_BYTES;
  clearOptions(query);
  return RCODE.FORMERR;
}

// RFC 6891 §6.1.2; the class holds the payload size, the TTL the extended code, version and flags.
function readOpt(query: Query, fixed: number, end: number): number {
  const { bytes } = query;
  const asked = uint16(bytes, fixed + 2);
  query.edns = true;
  if (!isOverTcp(query.client)) query.limit = Math.min(Math.max(asked, PLAIN_UDP_BYTES), SAFE_UDP_BYTES);
  query.dnssecOk = ((bytes[fixed + 6] ?? 0) & DO_BIT) !== 0;
  // Options of a later version may mean anything.
  if (bytes[fixed + 5] !== 0) return RCODE.BADVERS;
  if (end === fixed + 10 || readOptions(query, bytes, fixed + 10, end)) return RCODE.NOERROR;
  clearOptions(query);
  return RCODE.FORMERR;
}

/** Whether the record with TSIG's type is one: class ANY, TTL 0, lengths that agree, no compressed name (RFC 8945 §4.2). */
function isTsig(bytes: Uint8Array, at: number, fixed: number, end: number): boolean {
  if (hasPointer(bytes, at)) return false;
  if (uint16(bytes, fixed + 2) !== CLASS.ANY || uint32(bytes, fixed + 4) !== 0) return false;
  const time = skipName(bytes, fixed + 10, end);
  if (time === 0 || hasPointer(bytes, fixed + 10) || time + 10 > end) return false;
  const originalId = time + 10 + uint16(bytes, time + 8);
  return originalId + 6 <= end && originalId + 6 + uint16(bytes, originalId + 4) === end;
}

/** Whether a name that `skipName` could pass over ends with a pointer. */
function hasPointer(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while ((bytes[at] ?? 0) !== 0) {
    if ((bytes[at] ?? 0) >= 0xc0) return true;
    at += 1 + (bytes[at] ?? 0);
  }
  return false;
}

/** The offset behind a name, pointers not followed; 0 when it runs past the end or has a reserved label type. */
export function skipName(bytes: Uint8Array, from: number, end: number): number {
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
  const asked = uint16(bytes, query.questionEnd - 2);
  if (asked !== CLASS.IN) return asked === CLASS.CH ? ABOUT_SERVER : RCODE.REFUSED;
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
