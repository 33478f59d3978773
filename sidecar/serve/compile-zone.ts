import { CLASS, TYPE } from '#core/wire/constants.ts';
import type { Name } from '#core/wire/name.ts';
import type { ZoneAnswers } from '#sidecar/model/answers.ts';
import { wireTtl } from './compile-name.ts';
import { writeUint16, writeUint32 } from './octets.ts';

/** A zone's names in wire form. */
export interface ZoneNames {
  readonly apex: Name;
  /** At least one; the first is SOA MNAME. */
  readonly nameServers: readonly Name[];
  /** SOA RNAME. */
  readonly mailbox: Name;
}

/**
 * The apex of a zone as content of a ZONE step: its name, the negative TTL (four octets), where the TTL stands in the
 * SOA (two), and two templates, SOA and NS. A template is the number of records (two octets), the number of pointers
 * (two), those (four each: where it stands, octets from the end of the question's name), the length of the records
 * (two) and the records.
 */
export function compileZone(zone: ZoneAnswers, names: ZoneNames): Buffer<ArrayBuffer> {
  const { apex } = names;
  const negativeTtl = wireTtl(zone.negativeTtlSeconds);
  const [mname = apex] = names.nameServers;
  const soa = startTemplate(apex);
  startRecord(soa, TYPE.SOA, negativeTtl);
  const soaTtlAt = soa.octets.length - 6;
  putName(soa, mname);
  putName(soa, names.mailbox);
  for (const number of [zone.serial, REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS, negativeTtl])
    putUint32(soa, number);
  endRecord(soa);

  const ns = startTemplate(apex);
  for (const nameServer of names.nameServers) {
    startRecord(ns, TYPE.NS, wireTtl(zone.nsTtlSeconds));
    putName(ns, nameServer);
    endRecord(ns);
  }
  const head = Buffer.alloc(6);
  writeUint32(head, 0, negativeTtl);
  writeUint16(head, 4, soaTtlAt);
  return Buffer.concat([apex, head, templateBytes(soa), templateBytes(ns)]);
}

// Nobody transfers these zones by the SOA's clock: ordinary values, as zone checkers like them.
const REFRESH_SECONDS = 3600;
const RETRY_SECONDS = 600;
const EXPIRE_SECONDS = 604_800;

interface TemplateInMaking {
  readonly apex: Name;
  readonly octets: number[];
  readonly pointers: number[];
  records: number;
  rdataAt: number;
}

function startTemplate(apex: Name): TemplateInMaking {
  return { apex, octets: [], pointers: [], records: 0, rdataAt: 0 };
}

/** Everything of a record owned by the apex up to its data. */
function startRecord(to: TemplateInMaking, type: number, ttl: number): void {
  putName(to, to.apex);
  putUint16(to, type);
  putUint16(to, CLASS.IN);
  putUint32(to, ttl);
  putUint16(to, 0);
  to.rdataAt = to.octets.length;
}

function endRecord(to: TemplateInMaking): void {
  const length = to.octets.length - to.rdataAt;
  to.octets[to.rdataAt - 2] = length >>> 8;
  to.octets[to.rdataAt - 1] = length & 0xff;
  to.records += 1;
}

/**
 * Writes a name; the longest suffix that it shares with the apex becomes a pointer, for every question that is
 * answered with this template ends with the apex.
 */
function putName(to: TemplateInMaking, name: Name): void {
  const shared = sharedSuffix(name, to.apex);
  if (shared === 1) {
    to.octets.push(...name);
    return;
  }
  to.octets.push(...name.subarray(0, name.length - shared));
  to.pointers.push(to.octets.length, shared);
  putUint16(to, 0);
}

/** Octets of the longest suffix that both have, by label boundary; at least 1, the root. */
function sharedSuffix(name: Name, other: Name): number {
  for (let at = 0; ; at += 1 + (name[at] ?? 0)) {
    const suffix = name.subarray(at);
    if (suffix.length === 1 || endsWithLabels(other, suffix)) return suffix.length;
  }
}

function endsWithLabels(name: Name, suffix: Uint8Array): boolean {
  let at = 0;
  while (name.length - at > suffix.length) at += 1 + (name[at] ?? 0);
  return Buffer.compare(name.subarray(at), suffix) === 0;
}

function templateBytes(template: TemplateInMaking): Buffer {
  const { octets, pointers, records } = template;
  const head = Buffer.alloc(4 + 2 * pointers.length + 2);
  writeUint16(head, 0, records);
  writeUint16(head, 2, pointers.length / 2);
  for (const [k, value] of pointers.entries()) writeUint16(head, 4 + 2 * k, value);
  writeUint16(head, head.length - 2, octets.length);
  return Buffer.concat([head, Buffer.from(octets)]);
}

function putUint16(to: TemplateInMaking, value: number): void {
  to.octets.push((value >>> 8) & 0xff, value & 0xff);
}

function putUint32(to: TemplateInMaking, value: number): void {
  putUint16(to, value >>> 16);
  putUint16(to, value);
}
