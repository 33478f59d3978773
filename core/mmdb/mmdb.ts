import { DataSection, MmdbFault } from './data-section.ts';
import { type MmdbErrorCode, type MmdbResult, mmdbError } from './errors.ts';

/** A MaxMind DB (format 2.0) in memory, whose search tree lies within the file. */
export interface Mmdb {
  readonly ipVersion: 4 | 6;
  /** What kind of database it calls itself, for example `GeoLite2-Country`; empty: nothing. */
  readonly type: string;
  /** When it was built, seconds since 1970; 0: it does not say. */
  readonly builtSeconds: number;
  readonly nodes: number;
  /**
   * The record of a node's side, 0 or 1: below `nodes` the next node, `nodes` itself for nothing, above it data at
   * `record - nodes - 16` of the data section.
   */
  readonly record: (node: number, side: 0 | 1) => number;
  readonly data: DataSection;
}

/** Octets of zeros between tree and data. */
export const SEPARATOR_BYTES = 16;

/** Opens a database. It keeps `bytes`. */
export function openMmdb(bytes: Buffer): MmdbResult<Mmdb> {
  const begin = bytes.lastIndexOf(marker);
  if (begin < 0 || bytes.length - begin > MOST_METADATA_BYTES) return fault('no-metadata');
  try {
    const metadata = new DataSection(bytes.subarray(begin + marker.length));
    const number = (key: string) => {
      const value = metadata.find(0, [key]);
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
    };
    if (number('binary_format_major_version') !== 2) return fault('version');
    const nodes = number('node_count');
    const recordBits = number('record_size');
    const ipVersion = number('ip_version');
    if (nodes === 0 || ![24, 28, 32].includes(recordBits)) return fault('metadata');
    if (ipVersion !== 4 && ipVersion !== 6) return fault('metadata');
    const treeBytes = (nodes * recordBits) / 4;
    if (treeBytes + SEPARATOR_BYTES > begin) return fault('truncated');
    const type = metadata.find(0, ['database_type']);
    return {
      ok: true,
      value: {
        ipVersion,
        type: typeof type === 'string' ? type : '',
        builtSeconds: number('build_epoch'),
        nodes,
        record: records(bytes, recordBits),
        data: new DataSection(bytes.subarray(treeBytes + SEPARATOR_BYTES, begin)),
      },
    };
  } catch (error) {
    if (error instanceof MmdbFault) return fault('metadata');
    throw error;
  }
}

function records(bytes: Buffer, bits: number): Mmdb['record'] {
  if (bits === 24) return (node, side) => bytes.readUIntBE(6 * node + 3 * side, 3);
  if (bits === 32) return (node, side) => bytes.readUInt32BE(8 * node + 4 * side);
  // The octet in the middle holds the highest four bits of both.
  return (node, side) => {
    const middle = bytes[7 * node + 3] ?? 0;
    const high = side === 0 ? middle >> 4 : middle & 0xf;
    return high * 2 ** 24 + bytes.readUIntBE(7 * node + 4 * side, 3);
  };
}

const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const MOST_METADATA_BYTES = 128 * 1024;

const fault = (code: MmdbErrorCode): MmdbResult<never> => ({ ok: false, error: mmdbError(code) });
