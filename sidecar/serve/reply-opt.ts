import { EDNS_OPTION, SAFE_UDP_BYTES, TYPE } from '#core/wire/constants.ts';
import { isOverTcp } from './client.ts';
import { COOKIE, COOKIE_BYTES } from './cookies.ts';
import type { ExtendedError } from './extended-error.ts';
import { copyOctets, writeUint16 } from './octets.ts';
import type { Query } from './query.ts';
import type { Settings } from './settings.ts';

/**
 * Judges the query's cookie, and reckons what the OPT record of the reply takes, an extended error apart: the records
 * of the answer get what is left.
 */
export function prepareOpt(settings: Settings, query: Query): void {
  query.cookie = COOKIE.NONE;
  query.optBytes = 0;
  if (!query.edns) return;
  let size = OPT_BYTES;
  if (query.cookieAt !== 0) {
    const { client, bytes, cookieAt, cookieBytes } = query;
    query.nowSeconds = settings.nowSeconds();
    query.cookie = settings.cookies.judge(client, bytes, cookieAt, cookieBytes, query.nowSeconds);
    size += OPTION_BYTES + COOKIE_BYTES;
  }
  if (query.subnetAt !== 0) size += OPTION_BYTES + query.subnetBytes;
  if (query.nsid && settings.id.length > 0) size += OPTION_BYTES + settings.id.length;
  if (tellsKeepalive(query)) size += OPTION_BYTES + 2;
  query.optBytes = size;
}

/**
 * Writes the OPT record of a reply (RFC 6891): version 0, DO as asked, and an option for each that was asked for. An
 * extended error is the first to be left out when there is no room (RFC 8914 §3). Returns the end.
 */
export function writeOpt(
  settings: Settings,
  query: Query,
  out: Uint8Array,
  from: number,
  rcode: number,
  why: ExtendedError | undefined,
): number {
  out[from] = 0;
  writeUint16(out, from + 1, TYPE.OPT);
  writeUint16(out, from + 3, SAFE_UDP_BYTES);
  out[from + 5] = rcode >> 4;
  out[from + 6] = 0;
  writeUint16(out, from + 7, query.dnssecOk ? 0x8000 : 0);
  let at = from + OPT_BYTES;
  if (query.optBytes > OPT_BYTES) at = writeAsked(settings, query, out, at);
  if (why !== undefined) at = writeExtendedError(query, out, at, why);
  writeUint16(out, from + 9, at - from - OPT_BYTES);
  return at;
}

function writeAsked(settings: Settings, query: Query, out: Uint8Array, from: number): number {
  let at = from;
  if (query.cookieAt !== 0) {
    at = startOption(out, at, EDNS_OPTION.COOKIE, COOKIE_BYTES);
    // A good one goes back as it came: that saves the hash.
    if (query.cookie === COOKIE.GOOD) copyOctets(query.bytes, query.cookieAt, out, at, COOKIE_BYTES);
    else settings.cookies.write(query.client, query.bytes, query.cookieAt, query.nowSeconds, out, at);
    at += COOKIE_BYTES;
  }
  if (query.subnetAt !== 0) {
    // As it came, but for the scope, which is 0 in a query (RFC 7871 §7.2.1).
    at = startOption(out, at, EDNS_OPTION.CLIENT_SUBNET, query.subnetBytes);
    copyOctets(query.bytes, query.subnetAt, out, at, query.subnetBytes);
    out[at + 3] = query.scopeBits;
    at += query.subnetBytes;
  }
  if (query.nsid && settings.id.length > 0) {
    at = startOption(out, at, EDNS_OPTION.NSID, settings.id.length);
    copyOctets(settings.id, 0, out, at, settings.id.length);
    at += settings.id.length;
  }
  if (tellsKeepalive(query)) {
    at = startOption(out, at, EDNS_OPTION.TCP_KEEPALIVE, 2);
    writeUint16(out, at, Math.min(Math.floor(query.client.idleMs / 100), 0xffff));
    at += 2;
  }
  return at;
}

/** RFC 7828 §3.3: over TCP only. */
function tellsKeepalive(query: Query): boolean {
  return query.keepalive && isOverTcp(query.client);
}

function startOption(out: Uint8Array, at: number, code: number, size: number): number {
  writeUint16(out, at, code);
  writeUint16(out, at + 2, size);
  return at + OPTION_BYTES;
}

function writeExtendedError(query: Query, out: Uint8Array, at: number, why: ExtendedError): number {
  const { name, length } = query.key;
  // In text a name of n octets has n-2 characters, or is the dot of the root.
  const nameBytes = why.withName ? Math.max(length - 2, 1) : 0;
  const size = 2 + why.text.length + nameBytes;
  if (at + OPTION_BYTES + size > query.limit) return at;
  startOption(out, at, EDNS_OPTION.EXTENDED_ERROR, size);
  writeUint16(out, at + 4, why.code);
  copyOctets(why.text, 0, out, at + 6, why.text.length);
  if (nameBytes > 0) writeNameText(name, nameBytes, out, at + 6 + why.text.length);
  return at + OPTION_BYTES + size;
}

/** The name for people to read: dots between labels, `?` for what is no printable ASCII or a dot in a label. */
function writeNameText(name: Uint8Array, size: number, out: Uint8Array, at: number): void {
  let labelEnd = (name[0] ?? 0) + 1;
  out[at] = DOT;
  for (let k = 1; k <= size; k += 1) {
    const octet = name[k] ?? 0;
    if (k === labelEnd) {
      labelEnd += octet + 1;
      out[at + k - 1] = DOT;
    } else out[at + k - 1] = octet > 0x20 && octet < 0x7f && octet !== DOT ? octet : QUESTION_MARK;
  }
}

const OPT_BYTES = 11;
const OPTION_BYTES = 4;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
