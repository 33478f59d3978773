import { addressToText } from './address.ts';
import { CLASS, TYPE } from './constants.ts';
import { type Cursor, copyOctets, uint16, uint32 } from './cursor.ts';
import type { MalformedCode } from './errors.ts';
import type { RawOption, Rdata } from './message.ts';
import { readName } from './read-name.ts';

/**
 * Reads the RDATA between the cursor's offset and end, which is RDLENGTH octets later. Data of a known type must
 * fill it exactly. Names may be compressed in the types of RFC 1035 and, in what others send, SRV (RFC 3597 §4).
 */
export function readRdata(cursor: Cursor, type: number, rrClass: number): Rdata | MalformedCode {
  const isEmpty = cursor.offset === cursor.end;
  if (
    isEmpty &&
    (rrClass === CLASS.ANY || rrClass === CLASS.NONE) &&
    type !== TYPE.OPT &&
    type !== TYPE.TSIG
  ) {
    return { kind: 'empty' };
  }
  const rdata = readByType(cursor, type, rrClass);
  if (typeof rdata === 'string') return rdata;
  return cursor.offset === cursor.end ? rdata : 'rdata';
}

function readByType(cursor: Cursor, type: number, rrClass: number): Rdata | MalformedCode {
  switch (type) {
    case TYPE.A:
      return definedIn(rrClass) ? readAddress(cursor, 'A', 4) : readOpaque(cursor);
    case TYPE.AAAA:
      return definedIn(rrClass) ? readAddress(cursor, 'AAAA', 16) : readOpaque(cursor);
    case TYPE.SRV:
      return definedIn(rrClass) ? readSrv(cursor) : readOpaque(cursor);
    case TYPE.NS:
      return readTarget(cursor, 'NS');
    case TYPE.CNAME:
      return readTarget(cursor, 'CNAME');
    case TYPE.PTR:
      return readTarget(cursor, 'PTR');
    case TYPE.SOA:
      return readSoa(cursor);
    case TYPE.MX:
      return readMx(cursor);
    case TYPE.TXT:
      return readTxt(cursor);
    case TYPE.OPT:
      return readOptions(cursor);
    case TYPE.TSIG:
      return readTsig(cursor);
    default:
      return readOpaque(cursor);
  }
}

// A, AAAA and SRV have this format in class IN only; NONE and ANY occur in UPDATE and mean the zone's class.
function definedIn(rrClass: number): boolean {
  return rrClass === CLASS.IN || rrClass === CLASS.NONE || rrClass === CLASS.ANY;
}

function readAddress(cursor: Cursor, kind: 'A' | 'AAAA', length: number): Rdata | MalformedCode {
  if (cursor.end - cursor.offset !== length) return 'rdata';
  const address = addressToText(cursor.bytes, cursor.offset, length);
  cursor.offset += length;
  return { kind, address };
}

function readTarget(cursor: Cursor, kind: 'NS' | 'CNAME' | 'PTR'): Rdata | MalformedCode {
  const target = readName(cursor, 'allowed');
  return typeof target === 'string' ? target : { kind, target };
}

function readSoa(cursor: Cursor): Rdata | MalformedCode {
  const primary = readName(cursor, 'allowed');
  if (typeof primary === 'string') return primary;
  const mailbox = readName(cursor, 'allowed');
  if (typeof mailbox === 'string') return mailbox;
  const at = take(cursor, 20);
  if (at < 0) return 'rdata';
  const { bytes } = cursor;
  return {
    kind: 'SOA',
    primary,
    mailbox,
    serial: uint32(bytes, at),
    refresh: uint32(bytes, at + 4),
    retry: uint32(bytes, at + 8),
    expire: uint32(bytes, at + 12),
    minimum: uint32(bytes, at + 16),
  };
}

function readMx(cursor: Cursor): Rdata | MalformedCode {
  const at = take(cursor, 2);
  if (at < 0) return 'rdata';
  const target = readName(cursor, 'allowed');
  return typeof target === 'string' ? target : { kind: 'MX', preference: uint16(cursor.bytes, at), target };
}

function readSrv(cursor: Cursor): Rdata | MalformedCode {
  const at = take(cursor, 6);
  if (at < 0) return 'rdata';
  const target = readName(cursor, 'allowed');
  if (typeof target === 'string') return target;
  const { bytes } = cursor;
  return {
    kind: 'SRV',
    priority: uint16(bytes, at),
    weight: uint16(bytes, at + 2),
    port: uint16(bytes, at + 4),
    target,
  };
}

function readTxt(cursor: Cursor): Rdata | MalformedCode {
  const strings: Uint8Array[] = [];
  while (cursor.offset < cursor.end) {
    const length = cursor.bytes[cursor.offset] ?? 0;
    const at = take(cursor, 1 + length);
    if (at < 0) return 'rdata';
    strings.push(copyOctets(cursor.bytes, at + 1, at + 1 + length));
  }
  return strings.length === 0 ? 'rdata' : { kind: 'TXT', strings };
}

function readOptions(cursor: Cursor): Rdata | MalformedCode {
  const options: RawOption[] = [];
  while (cursor.offset < cursor.end) {
    const at = take(cursor, 4);
    if (at < 0) return 'rdata';
    const from = take(cursor, uint16(cursor.bytes, at + 2));
    if (from < 0) return 'rdata';
    options.push({ code: uint16(cursor.bytes, at), bytes: copyOctets(cursor.bytes, from, cursor.offset) });
  }
  return { kind: 'OPT', options };
}

function readTsig(cursor: Cursor): Rdata | MalformedCode {
  const { bytes } = cursor;
  const algorithm = readName(cursor, 'forbidden');
  if (typeof algorithm === 'string') return algorithm;
  const times = take(cursor, 10);
  if (times < 0) return 'rdata';
  const macFrom = take(cursor, uint16(bytes, times + 8));
  if (macFrom < 0) return 'rdata';
  const mac = copyOctets(bytes, macFrom, cursor.offset);
  const rest = take(cursor, 6);
  if (rest < 0) return 'rdata';
  const otherFrom = take(cursor, uint16(bytes, rest + 4));
  if (otherFrom < 0) return 'rdata';
  return {
    kind: 'TSIG',
    algorithm,
    timeSeconds: uint16(bytes, times) * 0x1_0000_0000 + uint32(bytes, times + 2),
    fudgeSeconds: uint16(bytes, times + 6),
    mac,
    originalId: uint16(bytes, rest),
    error: uint16(bytes, rest + 2),
    other: copyOctets(bytes, otherFrom, cursor.offset),
  };
}

function readOpaque(cursor: Cursor): Rdata {
  const from = cursor.offset;
  cursor.offset = cursor.end;
  return { kind: 'opaque', bytes: copyOctets(cursor.bytes, from, cursor.end) };
}

// Moves on by `length` octets and returns where they start; -1 when there are not as many.
function take(cursor: Cursor, length: number): number {
  const at = cursor.offset;
  if (at + length > cursor.end) return -1;
  cursor.offset = at + length;
  return at;
}
