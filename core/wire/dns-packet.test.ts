import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressToText } from './address.ts';
import { propertyRuns } from './arbitrary.fixture.ts';
import { CLASS, TYPE } from './constants.ts';
import { ednsRecord } from './edns.ts';
import { message } from './message.fixture.ts';
import type { RecordData, ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { nameOf, nameToText } from './name-text.ts';
import { readMessage } from './read-message.ts';
import { writeMessage } from './write-message.ts';
import { typeOf } from './write-rdata.ts';

// dns-packet reads names as UTF-8 text without escapes, so the names here are ordinary ones.
const label = fc.constantFrom('app', 'web', 'eu', '_udp', '*', 'xn--bcher-kva', 'a'.repeat(63));
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => nameOf(labels.join('.')));
const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0x7fff_ffff);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const rdata: fc.Arbitrary<RecordData> = fc.oneof(
  octets(4).map((bytes): RecordData => ({ kind: 'A', address: addressToText(bytes) })),
  octets(16)
    .map((bytes) => addressToText(bytes))
    // dns-packet writes IPv4-mapped addresses in hexadecimal groups.
    .filter((address) => !address.includes('.'))
    .map((address): RecordData => ({ kind: 'AAAA', address })),
  fc
    .tuple(fc.constantFrom('NS', 'CNAME', 'PTR'), name)
    .map(([kind, target]): RecordData => ({ kind, target })),
  fc.tuple(uint16, name).map(([preference, target]): RecordData => ({ kind: 'MX', preference, target })),
  fc
    .array(fc.uint8Array({ maxLength: 255 }), { minLength: 1, maxLength: 3 })
    .map((strings): RecordData => ({ kind: 'TXT', strings })),
  fc
    .tuple(uint16, uint16, uint16, name)
    .map(([priority, weight, port, target]): RecordData => ({ kind: 'SRV', priority, weight, port, target })),
  fc.tuple(name, name, uint32, uint32, uint32).map(
    ([primary, mailbox, serial, refresh, minimum]): RecordData => ({
      kind: 'SOA',
      primary,
      mailbox,
      serial,
      refresh,
      retry: 7,
      expire: 8,
      minimum,
    }),
  ),
);
const records = fc.array(
  fc.tuple(name, uint32, rdata).map(
    ([owner, ttl, data]): ResourceRecord => ({
      name: owner,
      type: typeOf(data),
      class: CLASS.IN,
      ttl,
      rdata: data,
    }),
  ),
  { maxLength: 4 },
);
const replies = fc
  .tuple(uint16, name, records, records, records)
  .map(([id, asked, answers, authorities, additionals]) =>
    message({
      id,
      response: true,
      authoritative: true,
      recursionDesired: true,
      rcode: 3,
      questions: [{ name: asked, type: TYPE.A, class: CLASS.IN }],
      answers,
      authorities,
      additionals,
    }),
  );

describe('dns-packet, on ordinary messages,', () => {
  it('reads what we write as we meant it', () => {
    fc.assert(
      fc.property(replies, (reply) => {
        const seen = dnsPacket.decode(Buffer.from(writeMessage(reply)));
        expect(seen).toMatchObject({
          id: reply.id,
          type: 'response',
          rcode: 'NXDOMAIN',
          flag_aa: true,
          flag_tc: false,
        });
        expect(seen.questions).toEqual(
          reply.questions.map((question) => ({ name: nameToText(question.name), type: 'A', class: 'IN' })),
        );
        expect(seen.answers).toMatchObject(reply.answers.map(asDnsPacket));
        expect(seen.authorities).toMatchObject(reply.authorities.map(asDnsPacket));
        expect(seen.additionals).toMatchObject(reply.additionals.map(asDnsPacket));
      }),
      { numRuns: propertyRuns(150) },
    );
  });

  it('writes what we read as it meant it', () => {
    fc.assert(
      fc.property(replies, (reply) => {
        const packet: Packet = {
          id: reply.id,
          type: 'response',
          // dns-packet takes the rcode as the low bits of the flags: AA, RD, NXDOMAIN.
          flags: 0x0400 | 0x0100 | 3,
          questions: reply.questions.map((question) => ({
            name: nameToText(question.name),
            type: 'A',
            class: 'IN',
          })),
          answers: reply.answers.map(asDnsPacket),
          authorities: reply.authorities.map(asDnsPacket),
          additionals: reply.additionals.map(asDnsPacket),
        };
        expect(readMessage(dnsPacket.encode(packet))).toEqual({ ok: true, value: reply });
      }),
      { numRuns: propertyRuns(150) },
    );
  });

  it('agrees on EDNS', () => {
    const opt = ednsRecord({
      udpBytes: 1232,
      dnssecOk: true,
      upperRcode: 1,
      options: [
        {
          kind: 'clientSubnet',
          family: 1,
          sourcePrefix: 24,
          scopePrefix: 16,
          address: Uint8Array.of(192, 0, 2),
        },
      ],
    });
    expect(
      dnsPacket.decode(Buffer.from(writeMessage(message({ additionals: [opt] })))).additionals,
    ).toMatchObject([
      {
        type: 'OPT',
        udpPayloadSize: 1232,
        extendedRcode: 1,
        ednsVersion: 0,
        flag_do: true,
        options: [{ code: 8, family: 1, sourcePrefixLength: 24, scopePrefixLength: 16, ip: '192.0.2.0' }],
      },
    ]);
  });
});

function asDnsPacket({ name: owner, ttl, rdata: data }: ResourceRecord): Answer {
  const head = { name: nameToText(owner), ttl, class: 'IN' as const };
  const text = (target: Name) => nameToText(target);
  switch (data.kind) {
    case 'A':
    case 'AAAA':
      return { ...head, type: data.kind, data: data.address };
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return { ...head, type: data.kind, data: text(data.target) };
    case 'MX':
      return { ...head, type: 'MX', data: { preference: data.preference, exchange: text(data.target) } };
    case 'TXT':
      return { ...head, type: 'TXT', data: data.strings.map((string) => Buffer.from(string)) };
    case 'SRV': {
      const { priority, weight, port, target } = data;
      return { ...head, type: 'SRV', data: { priority, weight, port, target: text(target) } };
    }
    case 'SOA': {
      const { primary, mailbox, kind, ...numbers } = data;
      return { ...head, type: kind, data: { ...numbers, mname: text(primary), rname: text(mailbox) } };
    }
    default:
      throw new Error(`not generated here: ${data.kind}`);
  }
}
