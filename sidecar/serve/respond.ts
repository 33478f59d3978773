import { EXTENDED_ERROR, RCODE, TYPE } from '#core/wire/constants.ts';
import { uint16, uint32 } from '#core/wire/cursor.ts';
import { RRL_KIND } from './client.ts';
import { ENTRY, FLAG } from './entry.ts';
import { hashSuffixes, type NameKey } from './name-key.ts';
import { writeUint32 } from './octets.ts';
import { type Query, readQuery, SILENCE } from './query.ts';
import {
  AUTHORITATIVE,
  choiceRecords,
  finish,
  NO_EXTENDED_ERROR,
  optBytes,
  recordBytes,
  TRUNCATED,
  writeChoice,
  writeQuestion,
  writeTemplate,
} from './reply.ts';
import type { Served, ServedZone, Template } from './served.ts';

/**
 * Answers the message in `query` from what is served into `out` (65535 octets, or 1232 when only UDP is answered). Returns the length
 * of the reply, 0 for silence. `random`: 32 bits, unsigned; the same ones give the same reply.
 */
export function respond(served: Served, query: Query, random: number, out: Uint8Array): number {
  const refusal = readQuery(query);
  if (refusal === SILENCE) return 0;
  if (refusal !== RCODE.NOERROR) return writeError(query, out, refusal, NO_EXTENDED_ERROR);
  if (!served.ready) return writeError(query, out, RCODE.SERVFAIL, EXTENDED_ERROR.NOT_READY);

  const { key } = query;
  const { table } = served;
  hashSuffixes(key, table.seed);
  const entry = table.find(key, 0);
  if (entry !== 0) return writeEntry(served, query, entry, random, out);

  const encloser = findEncloser(served, query, 1);
  if (encloser === 0) return writeError(query, out, RCODE.REFUSED, EXTENDED_ERROR.NOT_AUTHORITATIVE);
  const { bytes } = table.arena;
  if (((bytes[encloser + ENTRY.FLAGS] ?? 0) & FLAG.WILDCARD_CHILD) !== 0 && !isLocalTargets(key)) {
    const wildcard = table.findWildcard(key, query.encloserLabel);
    if (wildcard !== 0) return writeEntry(served, query, wildcard, random, out);
  }
  const zone = zoneOf(served, encloser);
  query.rrlKind = RRL_KIND.NXDOMAIN;
  query.rrlSubject = uint16(bytes, encloser + ENTRY.ZONE);
  return writeNegative(query, RCODE.NXDOMAIN, zone, zone.negativeTtl, out);
}

const localTargets = Buffer.from('localtargets-');

/**
 * Whether the first label says what one cluster has of a host. No wildcard stands for it: other clusters would take
 * the wildcard's whole answer, their own addresses included, for this cluster's.
 */
function isLocalTargets({ name, labelAt }: NameKey): boolean {
  const start = (labelAt[0] ?? 0) + 1;
  for (let k = 0; k < localTargets.length; k += 1) if (name[start + k] !== localTargets[k]) return false;
  return true;
}

/** The closest ancestor that exists (RFC 4592 §3.3.1), from the one at `label` upwards; 0 outside our zones. */
function findEncloser(served: Served, query: Query, label: number): number {
  const { key } = query;
  const { table } = served;
  for (let at = Math.max(label, key.labels - table.mostLabels); at <= key.labels; at += 1) {
    const entry = table.find(key, at);
    query.encloserLabel = at;
    if (entry !== 0) return entry;
  }
  return 0;
}

function writeEntry(served: Served, query: Query, entry: number, random: number, out: Uint8Array): number {
  const { bytes } = served.table.arena;
  const zone = zoneOf(served, entry);
  const flags = bytes[entry + ENTRY.FLAGS] ?? 0;
  const type = query.type;
  query.rrlKind = RRL_KIND.ANSWER;
  query.rrlSubject = entry;
  if (type === TYPE.A || type === TYPE.AAAA || type === TYPE.ANY) {
    const a = uint32(bytes, entry + ENTRY.A);
    const aaaa = uint32(bytes, entry + ENTRY.AAAA);
    // ANY gets one RRset (RFC 8482 §4.1).
    if (a !== 0 && type !== TYPE.AAAA) return writeAddresses(query, bytes, entry + a, TYPE.A, random, out);
    if (aaaa !== 0 && type !== TYPE.A)
      return writeAddresses(query, bytes, entry + aaaa, TYPE.AAAA, random, out);
  }
  if ((flags & FLAG.APEX) !== 0) {
    if (type === TYPE.SOA || type === TYPE.ANY) return writeRecords(query, zone.soa, out);
    if (type === TYPE.NS) return writeRecords(query, zone.nameServers, out);
    if (type === TYPE.DS) return writeNoDs(served, query, zone, out);
  }
  query.rrlKind = RRL_KIND.NODATA;
  const negativeTtl =
    (flags & FLAG.DATA) !== 0 ? uint32(bytes, entry + ENTRY.NEGATIVE_TTL) : zone.negativeTtl;
  return writeNegative(query, RCODE.NOERROR, zone, negativeTtl, out);
}

function writeAddresses(
  query: Query,
  entries: Uint8Array,
  choice: number,
  type: number,
  random: number,
  out: Uint8Array,
): number {
  const at = writeQuestion(query, out);
  const count = choiceRecords(entries, choice);
  if (at + count * recordBytes(type) + optBytes(query) > query.limit)
    return writeTruncated(query, out, at, RCODE.NOERROR);
  const end = writeChoice(entries, choice, type, random, out, at);
  return finish(query, out, end, AUTHORITATIVE, RCODE.NOERROR, count, 0, NO_EXTENDED_ERROR);
}

function writeRecords(query: Query, template: Template, out: Uint8Array): number {
  const at = writeQuestion(query, out);
  if (at + template.bytes.length + optBytes(query) > query.limit)
    return writeTruncated(query, out, at, RCODE.NOERROR);
  const end = writeTemplate(query, template, out, at);
  return finish(query, out, end, AUTHORITATIVE, RCODE.NOERROR, template.records, 0, NO_EXTENDED_ERROR);
}

/** NXDOMAIN or NODATA, with the SOA (RFC 2308 §2) whose TTL says for how long it may be kept. */
function writeNegative(
  query: Query,
  rcode: number,
  zone: ServedZone,
  negativeTtl: number,
  out: Uint8Array,
): number {
  const at = writeQuestion(query, out);
  if (at + zone.soa.bytes.length + optBytes(query) > query.limit)
    return writeTruncated(query, out, at, rcode);
  const end = writeTemplate(query, zone.soa, out, at);
  writeUint32(out, at + zone.soaTtlAt, negativeTtl);
  return finish(query, out, end, AUTHORITATIVE, rcode, 0, 1, NO_EXTENDED_ERROR);
}

/** DS belongs to the parent's side of a cut (RFC 4035 §3.1.4.1): if we serve that zone too, its SOA goes with it. */
function writeNoDs(served: Served, query: Query, zone: ServedZone, out: Uint8Array): number {
  const above = findEncloser(served, query, 1);
  const owner = above === 0 ? zone : zoneOf(served, above);
  return writeNegative(query, RCODE.NOERROR, owner, owner.negativeTtl, out);
}

/** Question and OPT only: an RRset is whole or not there (RFC 2181 §9), and the client comes again over TCP. */
function writeTruncated(query: Query, out: Uint8Array, at: number, rcode: number): number {
  return finish(query, out, at, AUTHORITATIVE | TRUNCATED, rcode, 0, 0, NO_EXTENDED_ERROR);
}

function writeError(query: Query, out: Uint8Array, rcode: number, extendedError: number): number {
  const at = writeQuestion(query, out);
  return finish(query, out, at, 0, rcode, 0, 0, extendedError);
}

function zoneOf(served: Served, entry: number): ServedZone {
  const zone = served.zones[uint16(served.table.arena.bytes, entry + ENTRY.ZONE)];
  if (zone === undefined) throw new Error('An entry names a zone that is not there.');
  return zone;
}
