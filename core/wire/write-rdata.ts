import { addressToBytes } from './address.ts';
import { TYPE } from './constants.ts';
import { valueError } from './errors.ts';
import type { RecordData, ResourceRecord, TsigRdata } from './message.ts';
import { putName, putOctet, putOctets, putUint16, putUint32, setUint16, type Writer } from './writer.ts';

/** Writes one record. @throws WireValueError when its data is of another type, or holds what its type cannot. */
export function putRecord(to: Writer, record: ResourceRecord): void {
  putName(to, record.name, record.type === TYPE.TSIG || record.type === TYPE.OPT ? 'whole' : 'compressed');
  putUint16(to, record.type);
  putUint16(to, record.class);
  putUint32(to, record.ttl);
  const lengthAt = to.length;
  to.length += 2;
  putRdata(to, record);
  setUint16(to, lengthAt, to.length - lengthAt - 2);
}

/** The type number of ordinary record data. */
export function typeOf(rdata: RecordData): number {
  return TYPE[rdata.kind];
}

function putRdata(to: Writer, { rdata, type }: ResourceRecord): void {
  if (rdata.kind !== 'empty' && rdata.kind !== 'opaque' && TYPE[rdata.kind] !== type) {
    throw valueError(`A record of type ${type} cannot hold data of type ${rdata.kind}.`);
  }
  switch (rdata.kind) {
    case 'A':
    case 'AAAA':
      putOctets(to, addressOctets(rdata.kind, rdata.address));
      break;
    case 'NS':
    case 'CNAME':
    case 'PTR':
      putName(to, rdata.target, 'compressed');
      break;
    case 'MX':
      putUint16(to, rdata.preference);
      putName(to, rdata.target, 'compressed');
      break;
    case 'SOA':
      putName(to, rdata.primary, 'compressed');
      putName(to, rdata.mailbox, 'compressed');
      for (const field of soaFields) putUint32(to, rdata[field]);
      break;
    case 'TXT':
      putStrings(to, rdata.strings);
      break;
    case 'SRV':
      putUint16(to, rdata.priority);
      putUint16(to, rdata.weight);
      putUint16(to, rdata.port);
      putName(to, rdata.target, 'whole');
      break;
    case 'OPT':
      for (const { code, bytes } of rdata.options) {
        putUint16(to, code);
        putUint16(to, bytes.length);
        putOctets(to, bytes);
      }
      break;
    case 'TSIG':
      putTsig(to, rdata);
      break;
    case 'opaque':
      putOctets(to, rdata.bytes);
      break;
    case 'empty':
      break;
  }
}

const soaFields = ['serial', 'refresh', 'retry', 'expire', 'minimum'] as const;

function addressOctets(kind: 'A' | 'AAAA', address: string): Uint8Array {
  const octets = addressToBytes(address);
  if (octets?.length !== (kind === 'A' ? 4 : 16)) {
    throw valueError(
      `${JSON.stringify(address)} is not an address for a record of type ${kind}.`,
      'A holds IPv4, AAAA holds IPv6.',
    );
  }
  return octets;
}

function putStrings(to: Writer, strings: readonly Uint8Array[]): void {
  if (strings.length === 0) throw valueError('A TXT record needs at least one string; it may be empty.');
  for (const string of strings) {
    if (string.length > 255)
      throw valueError(`A string of a TXT record has ${string.length} octets; 255 are the most.`);
    putOctet(to, string.length);
    putOctets(to, string);
  }
}

function putTsig(to: Writer, rdata: TsigRdata): void {
  putName(to, rdata.algorithm, 'whole');
  putUint16(to, Math.floor(rdata.timeSeconds / 0x1_0000_0000));
  putUint32(to, rdata.timeSeconds);
  putUint16(to, rdata.fudgeSeconds);
  putUint16(to, rdata.mac.length);
  putOctets(to, rdata.mac);
  putUint16(to, rdata.originalId);
  putUint16(to, rdata.error);
  putUint16(to, rdata.other.length);
  putOctets(to, rdata.other);
}
