import { describe, expect, it } from 'vitest';
import { CLASS, RCODE, TYPE } from './constants.ts';
import { type Edns, ednsRecord, extendedRcode, readEdns } from './edns.ts';
import { message, record } from './message.fixture.ts';
import type { RawOption, ResourceRecord } from './message.ts';
import { nameOf } from './name-text.ts';
import { buildQuery } from './query.ts';
import { readMessage } from './read-message.ts';

const plain: Edns = { udpBytes: 1232, dnssecOk: false, upperRcode: 0, options: [] };
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

function withOption(code: number, hex: string): ResourceRecord {
  const options: readonly RawOption[] = [{ code, bytes: bytes(hex) }];
  return { ...ednsRecord(plain), rdata: { kind: 'OPT', options } };
}

describe('readEdns', () => {
  it('tells none from one', () => {
    expect(readEdns(message())).toEqual({ status: 'absent' });
    expect(readEdns(message({ additionals: [ednsRecord(plain)] }))).toEqual({
      status: 'present',
      edns: plain,
    });
  });

  it('reads back what ednsRecord wrote, every kind of option', () => {
    const edns: Edns = {
      udpBytes: 4096,
      dnssecOk: true,
      upperRcode: 255,
      options: [
        { kind: 'clientSubnet', family: 1, sourcePrefix: 20, scopePrefix: 24, address: bytes('c00020') },
        {
          kind: 'clientSubnet',
          family: 2,
          sourcePrefix: 56,
          scopePrefix: 0,
          address: bytes('20010db8000001'),
        },
        { kind: 'clientSubnet', family: 0, sourcePrefix: 0, scopePrefix: 0, address: bytes('') },
        { kind: 'cookie', client: bytes('0102030405060708'), server: bytes('') },
        { kind: 'cookie', client: bytes('0102030405060708'), server: bytes('11'.repeat(16)) },
        { kind: 'nsid', id: bytes('6e31') },
        { kind: 'tcpKeepalive', timeoutDeciseconds: undefined },
        { kind: 'tcpKeepalive', timeoutDeciseconds: 300 },
        { kind: 'extendedError', infoCode: 14, text: 'not réady' },
        { kind: 'opaque', code: 65_001, bytes: bytes('00ff') },
      ],
    };
    expect(readEdns(message({ additionals: [ednsRecord(edns)] }))).toEqual({ status: 'present', edns });
  });

  it('takes a payload size below 512 as 512', () => {
    const additionals = [ednsRecord({ ...plain, udpBytes: 100 })];
    expect(readEdns(message({ additionals }))).toMatchObject({ edns: { udpBytes: 512 } });
  });

  it('puts a later version before everything else in the record', () => {
    const record = { ...withOption(10, '01'), ttl: 0x0001_0000 };
    expect(readEdns(message({ additionals: [record] }))).toEqual({
      status: 'badVersion',
      version: 1,
      udpBytes: 1232,
    });
  });

  it.each([
    ['two OPT records', { additionals: [ednsRecord(plain), ednsRecord(plain)] }],
    ['an owner that is not the root', { additionals: [{ ...ednsRecord(plain), name: nameOf('a') }] }],
    ['OPT in the answer section', { answers: [ednsRecord(plain)] }],
    ['OPT in the authority section', { authorities: [ednsRecord(plain)] }],
  ])('refuses %s', (_, parts) => {
    expect(readEdns(message(parts))).toMatchObject({ status: 'malformed', error: { code: 'edns-record' } });
  });

  it.each([
    ['ECS of three octets', 8, '000118'],
    ['ECS of an unknown family', 8, '00030000'],
    ['ECS of no family with a prefix', 8, '0000080001'],
    ['ECS with a prefix over 32', 8, '00012100c000020100'],
    ['ECS with a scope over 32', 8, '00011821c00002'],
    ['ECS with too few octets', 8, '00011800c000'],
    ['ECS with too many octets', 8, '00011800c0000201'],
    ['ECS with bits behind the prefix', 8, '00011700c00003'],
    ['a cookie of 7 octets', 10, '01020304050607'],
    ['a cookie of 9 octets', 10, '010203040506070809'],
    ['a cookie of 15 octets', 10, '00'.repeat(15)],
    ['a cookie of 41 octets', 10, '00'.repeat(41)],
    ['an empty cookie', 10, ''],
    ['a keepalive of one octet', 11, '00'],
    ['an extended error of one octet', 15, '00'],
  ])('refuses %s', (_, code, hex) => {
    expect(readEdns(message({ additionals: [withOption(code, hex)] }))).toMatchObject({
      status: 'malformed',
      error: { code: 'edns-option' },
    });
  });
});

describe('extendedRcode', () => {
  it('joins the header and the OPT record', () => {
    expect(extendedRcode(message({ rcode: RCODE.REFUSED }))).toBe(RCODE.REFUSED);
    expect(extendedRcode(message({ additionals: [ednsRecord({ ...plain, upperRcode: 1 })] }))).toBe(
      RCODE.BADVERS,
    );
    expect(
      extendedRcode(
        message({
          rcode: 7,
          additionals: [
            record('a', { kind: 'A', address: '192.0.2.1' }),
            ednsRecord({ ...plain, upperRcode: 1 }),
          ],
        }),
      ),
    ).toBe(RCODE.BADCOOKIE);
  });
});

describe('buildQuery', () => {
  it('asks one question, with EDNS when given', () => {
    const query = buildQuery({
      id: 7,
      name: nameOf('App.test'),
      type: TYPE.AAAA,
      recursionDesired: true,
      edns: plain,
    });
    expect(readMessage(query)).toEqual({
      ok: true,
      value: message({
        id: 7,
        recursionDesired: true,
        questions: [{ name: nameOf('app.test'), type: TYPE.AAAA, class: CLASS.IN }],
        additionals: [ednsRecord(plain)],
      }),
    });
    expect(buildQuery({ id: 7, name: nameOf('.'), type: TYPE.NS, recursionDesired: false })).toHaveLength(17);
  });
});
