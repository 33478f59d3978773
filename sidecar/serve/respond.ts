import { OPCODE, RCODE, TYPE } from '#core/wire/constants.ts';
import { uint16, uint32 } from '#core/wire/cursor.ts';
import { aboutServer, writeAboutServer } from './about-server.ts';
import { chooseLeaf, createAsker, furtherRandom } from './choose-leaf.ts';
import { RRL_KIND } from './client.ts';
import { countClient } from './client-tallies.ts';
import { COOKIE } from './cookies.ts';
import { CHOICE_KIND, ENTRY, FLAG, tallyRow } from './entry.ts';
import {
  type ExtendedError,
  NO_TARGET,
  NO_TRANSFER,
  NOT_ACCEPTED,
  NOT_AUTHORITATIVE,
  NOT_READY,
  OTHER_CLASS,
  SAVED_STATE,
} from './extended-error.ts';
import { hashSuffixes, type NameKey } from './name-key.ts';
import { writeUint16, writeUint32 } from './octets.ts';
import { ABOUT_SERVER, ONLY_COOKIE, type Query, readQuery, SILENCE } from './query.ts';
import {
  AUTHORITATIVE,
  finish,
  leafRecords,
  recordBytes,
  TRUNCATED,
  writeLeaf,
  writeQuestion,
  writeTemplate,
} from './reply.ts';
import { prepareOpt } from './reply-opt.ts';
import { writeBadKey } from './reply-tsig.ts';
import type { Served, ServedZone, Template } from './served.ts';
import type { Settings } from './settings.ts';
import { readAsker } from './whose-answer.ts';

/**
 * Answers the message in `query` from what is served into `out` (65535 octets, or 1232 when only UDP is answered).
 * Returns the length of the reply, 0 for silence. `random`: 32 bits; the same ones give the same reply.
 */
export function respond(
  served: Served,
  settings: Settings,
  query: Query,
  random: number,
  out: Uint8Array,
): number {
  const verdict = readQuery(query);
  if (verdict === SILENCE) return 0;
  prepareOpt(settings, query);
  if (verdict !== RCODE.NOERROR) return respondOtherwise(settings, query, verdict, out);
  if (!served.ready) return writeError(settings, query, out, RCODE.SERVFAIL, NOT_READY);

  const { key } = query;
  const { table } = served;
  hashSuffixes(key, table.seed);
  const entry = table.find(key, 0);
  if (entry !== 0) return writeEntry(served, settings, query, entry, random, out);

  const encloser = findEncloser(served, query, 1);
  if (encloser === 0) return writeError(settings, query, out, RCODE.REFUSED, NOT_AUTHORITATIVE);
  const { bytes } = table.arena;
  if (((bytes[encloser + ENTRY.FLAGS] ?? 0) & FLAG.WILDCARD_CHILD) !== 0 && !isLocalTargets(key)) {
    const wildcard = table.findWildcard(key, query.encloserLabel);
    if (wildcard !== 0) return writeEntry(served, settings, query, wildcard, random, out);
  }
  const zone = zoneOf(served, encloser);
  query.rrlKind = RRL_KIND.NXDOMAIN;
  query.rrlSubject = uint16(bytes, encloser + ENTRY.ZONE);
  return writeNegative(settings, query, RCODE.NXDOMAIN, zone, zone.negativeTtl, out, whySaved(served));
}

/** What is not looked up: refusals, and what is not about a name of ours. */
function respondOtherwise(settings: Settings, query: Query, verdict: number, out: Uint8Array): number {
  switch (verdict) {
    case RCODE.NOTAUTH:
      return writeUnknownKey(settings, query, out);
    case RCODE.REFUSED:
      return writeError(settings, query, out, RCODE.REFUSED, whyRefused(query));
    case ONLY_COOKIE:
      return writeError(
        settings,
        query,
        out,
        query.cookie === COOKIE.BAD ? RCODE.BADCOOKIE : RCODE.NOERROR,
        undefined,
      );
    case ABOUT_SERVER: {
      const text = aboutServer(settings, query);
      if (text === undefined) return writeError(settings, query, out, RCODE.REFUSED, OTHER_CLASS);
      const end = writeAboutServer(text, out, writeQuestion(query, out));
      return finish(settings, query, out, end, AUTHORITATIVE, RCODE.NOERROR, 1, 0, undefined);
    }
    default:
      return writeError(settings, query, out, verdict, undefined);
  }
}

function whyRefused(query: Query): ExtendedError {
  if ((((query.bytes[2] ?? 0) >> 3) & 0xf) !== OPCODE.QUERY) return NOT_ACCEPTED;
  return query.type === TYPE.AXFR || query.type === TYPE.IXFR ? NO_TRANSFER : OTHER_CLASS;
}

/** TSIG is the last record of a reply, behind OPT (RFC 8945 §5.1). */
function writeUnknownKey(settings: Settings, query: Query, out: Uint8Array): number {
  const at = writeQuestion(query, out);
  const end = finish(settings, query, out, at, 0, RCODE.NOTAUTH, 0, 0, undefined);
  const signed = writeBadKey(query, out, end);
  if (signed > end) writeUint16(out, 10, query.edns ? 2 : 1);
  return signed;
}

function whySaved(served: Served): ExtendedError | undefined {
  return served.saved ? SAVED_STATE : undefined;
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

function writeEntry(
  served: Served,
  settings: Settings,
  query: Query,
  entry: number,
  random: number,
  out: Uint8Array,
): number {
  const { bytes } = served.table.arena;
  const zone = zoneOf(served, entry);
  const flags = bytes[entry + ENTRY.FLAGS] ?? 0;
  const type = query.type;
  const a = uint32(bytes, entry + ENTRY.A);
  const aaaa = uint32(bytes, entry + ENTRY.AAAA);
  const isAddress = type === TYPE.A || type === TYPE.AAAA || type === TYPE.ANY;
  query.rrlKind = RRL_KIND.ANSWER;
  query.rrlSubject = entry;
  // ANY gets one RRset (RFC 8482 §4.1).
  if (isAddress && a !== 0 && type !== TYPE.AAAA) {
    const leaf = leafOf(served, settings, query, entry, entry + a, random);
    if (leafRecords(bytes, leaf) > 0)
      return writeAddresses(served, settings, query, entry + a, leaf, TYPE.A, random, out);
  }
  if (isAddress && aaaa !== 0 && type !== TYPE.A) {
    const leaf = leafOf(served, settings, query, entry, entry + aaaa, random);
    if (leafRecords(bytes, leaf) > 0)
      return writeAddresses(served, settings, query, entry + aaaa, leaf, TYPE.AAAA, random, out);
  }
  // Whoever keeps an empty answer keeps it for everyone (RFC 7871 §7.4).
  query.scopeBits = 0;
  if ((flags & FLAG.APEX) !== 0) {
    if (type === TYPE.SOA || type === TYPE.ANY)
      return writeRecords(settings, query, zone.soa, out, whySaved(served));
    if (type === TYPE.NS) return writeRecords(settings, query, zone.nameServers, out, whySaved(served));
    if (type === TYPE.DS) return writeNoDs(served, settings, query, zone, out);
  }
  query.rrlKind = RRL_KIND.NODATA;
  const hasData = (flags & FLAG.DATA) !== 0;
  const negativeTtl = hasData ? uint32(bytes, entry + ENTRY.NEGATIVE_TTL) : zone.negativeTtl;
  const why = isAddress && hasData && a === 0 && aaaa === 0 ? NO_TARGET : whySaved(served);
  return writeNegative(settings, query, RCODE.NOERROR, zone, negativeTtl, out, why);
}

// One for all: a query is answered without pause.
const asker = createAsker();

/** The leaf that answers this query, of the choice at `choice` of the entry. Whoever asks for one that varies is counted. */
function leafOf(
  served: Served,
  settings: Settings,
  query: Query,
  entry: number,
  choice: number,
  random: number,
): number {
  const { bytes } = served.table.arena;
  if ((bytes[choice] ?? 0) <= CHOICE_KIND.ROTATE) return choice;
  const isSubnet = readAsker(asker, query, settings.subnetTrust);
  const leaf = chooseLeaf(bytes, choice, asker, served.places, random);
  query.scopeBits = isSubnet ? asker.scopeBits : 0;
  countClient(settings.tallies, tallyRow(bytes, entry), query.client, query.scopeBits > 0);
  return leaf;
}

function writeAddresses(
  served: Served,
  settings: Settings,
  query: Query,
  choice: number,
  leaf: number,
  type: number,
  random: number,
  out: Uint8Array,
): number {
  const { bytes } = served.table.arena;
  const at = writeQuestion(query, out);
  const count = leafRecords(bytes, leaf);
  if (at + count * recordBytes(type) + query.optBytes > query.limit)
    return writeTruncated(settings, query, out, at, RCODE.NOERROR);
  const order = leaf === choice ? random : furtherRandom(random);
  const end = writeLeaf(bytes, leaf, type, order, out, at);
  return finish(settings, query, out, end, AUTHORITATIVE, RCODE.NOERROR, count, 0, whySaved(served));
}

function writeRecords(
  settings: Settings,
  query: Query,
  template: Template,
  out: Uint8Array,
  why: ExtendedError | undefined,
): number {
  const at = writeQuestion(query, out);
  if (at + template.bytes.length + query.optBytes > query.limit)
    return writeTruncated(settings, query, out, at, RCODE.NOERROR);
  const end = writeTemplate(query, template, out, at);
  return finish(settings, query, out, end, AUTHORITATIVE, RCODE.NOERROR, template.records, 0, why);
}

/** NXDOMAIN or NODATA, with the SOA (RFC 2308 §2) whose TTL says for how long it may be kept. */
function writeNegative(
  settings: Settings,
  query: Query,
  rcode: number,
  zone: ServedZone,
  negativeTtl: number,
  out: Uint8Array,
  why: ExtendedError | undefined,
): number {
  const at = writeQuestion(query, out);
  if (at + zone.soa.bytes.length + query.optBytes > query.limit)
    return writeTruncated(settings, query, out, at, rcode);
  const end = writeTemplate(query, zone.soa, out, at);
  writeUint32(out, at + zone.soaTtlAt, negativeTtl);
  return finish(settings, query, out, end, AUTHORITATIVE, rcode, 0, 1, why);
}

/** DS belongs to the parent's side of a cut (RFC 4035 §3.1.4.1): if we serve that zone too, its SOA goes with it. */
function writeNoDs(
  served: Served,
  settings: Settings,
  query: Query,
  zone: ServedZone,
  out: Uint8Array,
): number {
  const above = findEncloser(served, query, 1);
  const owner = above === 0 ? zone : zoneOf(served, above);
  query.rrlKind = RRL_KIND.NODATA;
  return writeNegative(settings, query, RCODE.NOERROR, owner, owner.negativeTtl, out, whySaved(served));
}

/** Question and OPT only: an RRset is whole or not there (RFC 2181 §9), and the client comes again over TCP. */
function writeTruncated(
  settings: Settings,
  query: Query,
  out: Uint8Array,
  at: number,
  rcode: number,
): number {
  return finish(settings, query, out, at, AUTHORITATIVE | TRUNCATED, rcode, 0, 0, undefined);
}

function writeError(
  settings: Settings,
  query: Query,
  out: Uint8Array,
  rcode: number,
  why: ExtendedError | undefined,
): number {
  const at = writeQuestion(query, out);
  return finish(settings, query, out, at, 0, rcode, 0, 0, why);
}

function zoneOf(served: Served, entry: number): ServedZone {
  const zone = served.zones[uint16(served.table.arena.bytes, entry + ENTRY.ZONE)];
  if (zone === undefined) throw new Error('An entry names a zone that is not there.');
  return zone;
}
