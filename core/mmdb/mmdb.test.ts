import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressToBytes } from '#core/wire/address.ts';
import { propertyRuns } from '#core/wire/arbitrary.fixture.ts';
import { compileTree } from './compile-tree.ts';
import { openMmdb } from './mmdb.ts';
import { findNetwork, type NetworkTree } from './network-tree.ts';
import { type DatabaseToWrite, type Value, writeMmdb } from './write-mmdb.fixture.ts';

/** The tree of a database by `country.iso_code`, with the codes in the order of their numbers. */
function countries(
  bytes: Buffer,
): { readonly tree: NetworkTree; readonly codes: readonly string[] } | string {
  const opened = openMmdb(bytes);
  if (!opened.ok) return opened.error.code;
  const codes: string[] = [];
  const compiled = compileTree(opened.value, 7, (data, offset) => {
    const code = data.find(offset, ['country', 'iso_code']);
    if (typeof code !== 'string') return -1;
    const known = codes.indexOf(code);
    return known >= 0 ? known : codes.push(code) - 1;
  });
  return compiled.ok ? { tree: compiled.value, codes } : compiled.error.code;
}

/** `DE /24`, `none /3`, or the code of the error. */
function where(bytes: Buffer, address: string): string {
  const result = countries(bytes);
  if (typeof result === 'string') return result;
  const found = { value: 0, bits: 0 };
  const octets = addressToBytes(address) ?? new Uint8Array(0);
  findNetwork(result.tree, octets.length === 4, octets, found);
  return `${result.codes[found.value] ?? 'none'} /${found.bits}`;
}

const code = (iso_code: string): Value => ({
  names: { en: iso_code.repeat(20) },
  country: { x: [1, true], iso_code },
});
const networks: DatabaseToWrite['networks'] = [
  ['192.0.2.0/24', code('DE')],
  ['198.51.100.0/25', code('FR')],
  ['198.51.100.128/25', code('FR')],
  ['203.0.113.0/24', code('US')],
  ['203.0.113.7/32', code('DE')],
  ['2001:db8::/32', code('ZA')],
];

describe.each([
  { ipVersion: 6, recordBits: 24 },
  { ipVersion: 6, recordBits: 28 },
  { ipVersion: 6, recordBits: 32 },
] as const)('a database for IPv$ipVersion with records of $recordBits bits', (shape) => {
  const bytes = writeMmdb({ ...shape, networks });
  it.each([
    ['192.0.2.1', 'DE /24'],
    ['198.51.100.200', 'FR /24'],
    ['203.0.113.7', 'DE /32'],
    ['203.0.113.6', 'US /32'],
    ['203.0.113.128', 'US /25'],
    ['10.0.0.1', 'none /1'],
    ['2001:db8::1', 'ZA /32'],
    ['2001:db9::1', 'none /32'],
    ['::192.0.2.1', 'DE /120'],
  ])('finds %s', (address, expected) => {
    expect(where(bytes, address)).toBe(expected);
  });
});

it('a database of IPv4 alone knows no IPv6 address', () => {
  const bytes = writeMmdb({ ipVersion: 4, networks: networks.slice(0, 5) });
  expect(where(bytes, '192.0.2.1')).toBe('DE /24');
  expect(where(bytes, '2001:db8::1')).toBe('none /0');
});

it('a database that has one record for everything needs no tree', () => {
  const bytes = writeMmdb({
    networks: [
      ['::/1', code('DE')],
      ['8000::/1', code('DE')],
    ],
  });
  expect(where(bytes, '192.0.2.1')).toBe('DE /0');
  expect(where(bytes, '2001:db8::1')).toBe('DE /0');
});

it('reads long keys and texts, and pointers to keys far behind', () => {
  const long = (k: number): Value => ({
    [`key-${'k'.repeat(400)}-${k}`]: 'x'.repeat(3000),
    country: { iso_code: `C${k}` },
  });
  const many = Array.from({ length: 30 }, (_, k) => [`10.${k}.0.0/16`, long(k)] as const);
  const bytes = writeMmdb({ networks: many });
  expect(where(bytes, '10.29.1.1')).toBe('C29 /16');
});

it('says what a database is', () => {
  const opened = openMmdb(writeMmdb({ networks, metadata: { database_type: 'GeoLite2-Country' } }));
  expect(opened.ok && { type: opened.value.type, built: opened.value.builtSeconds }).toEqual({
    type: 'GeoLite2-Country',
    built: 1_700_000_000,
  });
});

describe('what is no database', () => {
  const good = writeMmdb({ networks });
  /** A tree of one node in the shape of 24 bits, with these records. */
  const oneNode = (left: number, right: number, data: readonly number[] = []) => {
    const about = writeMmdb({ networks: [['::/1', code('DE')]], metadata: { node_count: 1 } });
    const end = about.lastIndexOf(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
    const tree = [left, right].flatMap((value) => [value >> 16, (value >> 8) & 0xff, value & 0xff]);
    return Buffer.concat([Buffer.from(tree), Buffer.alloc(16), Buffer.from(data), about.subarray(end)]);
  };
  const pointer = [0x20, 0];
  const map = (...octets: number[]) => [0xe1, 0x47, ...Buffer.from('country'), ...octets];

  it.each([
    ['nothing', Buffer.alloc(0), 'no-metadata'],
    ['a text', Buffer.from('country,network\n'), 'no-metadata'],
    ['a file cut short', good.subarray(0, -300), 'no-metadata'],
    ['metadata cut short', good.subarray(0, -130), 'metadata'],
    ['a beginning that is missing', good.subarray(good.length - 200), 'truncated'],
    ['another version', writeMmdb({ networks, metadata: { binary_format_major_version: 3 } }), 'version'],
    ['a strange record size', writeMmdb({ networks, metadata: { record_size: 20 } }), 'metadata'],
    ['more nodes than octets', writeMmdb({ networks, metadata: { node_count: 2 ** 31 } }), 'truncated'],
    ['a loop', oneNode(0, 1), 'tree-loop'],
    ['a record between nodes and data', oneNode(5, 1), 'tree-record'],
    ['a record behind the data', oneNode(1 + 16 + 500, 1), 'data'],
    ['a pointer to itself', oneNode(17, 1, pointer), 'data'],
    ['a value that points to a pointer', oneNode(17, 1, map(0x20, 9)), 'data'],
    ['a map with more than there is', oneNode(17, 1, [0xff, 0xff, 0xff, 0xff]), 'data'],
    [
      'a text that runs past the end',
      oneNode(17, 1, map(0xe1, 0x48, ...Buffer.from('iso_code'), 0x5d, 0xff)),
      'data',
    ],
    ['an unknown type', oneNode(17, 1, [0x00, 0xff]), 'data'],
  ])('%s is refused', (_, bytes, expected) => {
    expect(where(bytes, '192.0.2.1')).toBe(expected);
  });

  it('a record with endless fields is refused', () => {
    const wide = [0xfe, 0xff, 0xff, ...Array.from({ length: 130_000 }, () => 0x40)];
    expect(where(oneNode(17, 1, wide), '192.0.2.1')).toBe('data-size');
  });

  it('a deep tree that leads to one node in very many ways is compiled in one go', () => {
    const nodes = 400;
    const tree = Array.from({ length: nodes }, (_, k) => k + 1).flatMap((next) =>
      [next, next].flatMap((value) => [0, value >> 8, value & 0xff]),
    );
    const about = writeMmdb({ networks: [['::/1', code('DE')]], metadata: { node_count: nodes } });
    const end = about.lastIndexOf(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
    const bytes = Buffer.concat([Buffer.from(tree), Buffer.alloc(16), about.subarray(end)]);
    expect(where(bytes, '192.0.2.1')).toBe('none /0');
  });

  it('whatever octets are changed, nothing is thrown and nothing hangs', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, octet] of changes) bytes[at] = octet;
        expect(where(bytes, '203.0.113.7')).toEqual(expect.any(String));
      }),
      { numRuns: propertyRuns(500) },
    );
  });
});
