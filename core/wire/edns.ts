import { TYPE } from './constants.ts';
import { type EdnsOption, readEdnsOption, writeEdnsOption } from './edns-option.ts';
import { malformedError, type WireError } from './errors.ts';
import type { Message, ResourceRecord } from './message.ts';
import { ROOT } from './name.ts';

/** What an OPT record says (RFC 6891 §6.1). */
export interface Edns {
  /** The sender's UDP payload size; below 512 means 512. */
  readonly udpBytes: number;
  /** DO. */
  readonly dnssecOk: boolean;
  /** Bits 4 to 11 of the rcode: 1 with an rcode of 0 in the header is BADVERS. 0 in queries. */
  readonly upperRcode: number;
  readonly options: readonly EdnsOption[];
}

/**
 * `absent`: answer without OPT. `badVersion`: answer BADVERS, whatever else the record holds.
 * `malformed`: answer FORMERR.
 */
export type EdnsReading =
  | { readonly status: 'absent' }
  | { readonly status: 'present'; readonly edns: Edns }
  | { readonly status: 'badVersion'; readonly version: number; readonly udpBytes: number }
  | { readonly status: 'malformed'; readonly error: WireError };

/**
 * Reads the OPT record of a message: none, or exactly one, in the additional section, owned by the root.
 * @public the codec is used whole: transfers between clusters need it
 */
export function readEdns(message: Message): EdnsReading {
  const misplaced = message.answers.some(isOpt) || message.authorities.some(isOpt);
  const [record, second] = message.additionals.filter(isOpt);
  if (misplaced || second !== undefined) return malformed('edns-record');
  if (record === undefined) return { status: 'absent' };
  if (record.name.length !== 1 || record.rdata.kind !== 'OPT') return malformed('edns-record');
  const version = (record.ttl >>> 16) & 0xff;
  const udpBytes = Math.max(record.class, 512);
  if (version > 0) return { status: 'badVersion', version, udpBytes };
  const options: EdnsOption[] = [];
  for (const raw of record.rdata.options) {
    const option = readEdnsOption(raw);
    if (option === undefined) return malformed('edns-option');
    options.push(option);
  }
  return {
    status: 'present',
    edns: { udpBytes, dnssecOk: (record.ttl & DNSSEC_OK) !== 0, upperRcode: record.ttl >>> 24, options },
  };
}

/** The OPT record, version 0, for the additional section. */
export function ednsRecord(edns: Edns): ResourceRecord {
  return {
    name: ROOT,
    type: TYPE.OPT,
    class: edns.udpBytes,
    ttl: ((edns.upperRcode << 24) | (edns.dnssecOk ? DNSSEC_OK : 0)) >>> 0,
    rdata: { kind: 'OPT', options: edns.options.map(writeEdnsOption) },
  };
}

/** The rcode with the bits that the OPT record adds; compare it with RCODE. */
export function extendedRcode(message: Message): number {
  const record = message.additionals.find(isOpt);
  return record === undefined ? message.rcode : ((record.ttl >>> 24) << 4) | message.rcode;
}

const DNSSEC_OK = 0x8000;

function isOpt(record: ResourceRecord): boolean {
  return record.type === TYPE.OPT;
}

function malformed(code: 'edns-record' | 'edns-option'): EdnsReading {
  return { status: 'malformed', error: malformedError(code) };
}
