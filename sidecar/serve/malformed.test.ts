import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '#core/wire/arbitrary.fixture.ts';
import { TYPE } from '#core/wire/constants.ts';
import { readEdns } from '#core/wire/edns.ts';
import { readMessage } from '#core/wire/read-message.ts';
import {
  cloud,
  fixed,
  inWords,
  manyAddresses,
  name,
  opt,
  question,
  reply,
  serve,
} from './answers.fixture.ts';

const served = serve([
  {
    zones: [cloud],
    names: [
      name('app.cloud.example.com', { a: fixed('10.1.0.1'), aaaa: fixed('fd00::1') }),
      name('*.w.cloud.example.com', { a: fixed(...manyAddresses(40)) }),
    ],
  },
]);
const usual = question('app.cloud.example.com', { additional: [opt()] });

/** The usual query with some octets put over it. */
function changed(at: number, ...octets: readonly number[]): Buffer {
  const bytes = Buffer.from(usual);
  bytes.set(octets, at);
  return bytes;
}

const header = (...counts: readonly number[]) =>
  Buffer.from([0x12, 0x34, 0, 0, ...counts.flatMap((count) => [count >> 8, count & 0xff])]);

/** The usual query with one more record behind its OPT. */
function withRecord(...octets: readonly number[]): Buffer {
  return Buffer.concat([changed(11, 2), Buffer.from(octets)]);
}

/** A client cookie, no question, and as many answers as claimed. */
function withoutQuestion(answers: number): Buffer {
  const cookie = Buffer.from(opt({ options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] }));
  const answer = Buffer.from([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 1]);
  return Buffer.concat([header(0, answers, 0, 1), answer, cookie]);
}

describe('a malformed message', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'silence'],
    ['11 octets', usual.subarray(0, 11), 'silence'],
    ['a response', changed(2, 0x80), 'silence'],
    ['a response with an unknown opcode', changed(2, 0xf8), 'silence'],
    ['a header alone', header(0, 0, 0, 0), 'FORMERR'],
    ['a header alone that announces a question', header(1, 0, 0, 0), 'FORMERR'],
    ['a header full of ones', header(0xffff, 0xffff, 0xffff, 0xffff), 'FORMERR'],
    ['two questions', changed(4, 0, 2), 'FORMERR'],
    ['no end of the name', usual.subarray(0, 20), 'FORMERR'],
    ['no class', usual.subarray(0, 37), 'FORMERR'],
    ['a label of 64 octets', changed(12, 64), 'FORMERR'],
    ['a label of type 10', changed(12, 0x80), 'FORMERR'],
    ['a pointer to itself as name', changed(12, 0xc0, 12), 'FORMERR'],
    ['a record that is not there', changed(11, 2), 'FORMERR'],
    ['a record in the answer section', changed(7, 1), 'FORMERR'],
    ['OPT in the authority section', changed(8, 0, 1, 0, 0), 'FORMERR'],
    ['OPT cut short', usual.subarray(0, usual.length - 1), 'FORMERR'],
    ['OPT data running over', changed(usual.length - 1, 1), 'FORMERR'],
    ['octets behind its end, which are passed over', Buffer.concat([usual, Buffer.alloc(9)]), 'NOERROR aa'],
    ['a record whose name runs over', Buffer.concat([changed(11, 2), Buffer.from([63, 0x61])]), 'FORMERR'],
    ['a record with a label of a reserved type', withRecord(0x40, 1, 0x61, 0), 'FORMERR'],
    ['a record that ends in its fixed part', withRecord(0, 0, 1, 0, 1), 'FORMERR'],
    ['a record whose data runs over', withRecord(0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0), 'FORMERR'],
    ['a record whose data is the whole 64 KiB', withRecord(0, 0, 1, 0, 1, 0, 0, 0, 9, 0xff, 0xff), 'FORMERR'],
    ['an ordinary record besides', withRecord(0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 1), 'NOERROR aa'],
    [
      'one whose name is a pointer out of the message',
      withRecord(0xff, 0xff, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0),
      'NOERROR aa',
    ],
    ['OPT in the answer section', changed(6, 0, 1, 0, 0, 0, 0), 'FORMERR'],
    ['a question of an unknown class', changed(37, 0x12, 0x34), 'REFUSED'],
    ['a question of class 0', changed(37, 0, 0), 'REFUSED'],
    ['a question of type 0', changed(35, 0, 0), 'NOERROR aa'],
    ['no question, but EDNS', Buffer.concat([header(0, 0, 0, 1), Buffer.from(opt())]), 'FORMERR'],
    [
      'no question, half an EDNS',
      Buffer.concat([header(0, 0, 0, 1), Buffer.from(opt().slice(0, 7))]),
      'FORMERR',
    ],
    ['no question, a cookie and an answer', withoutQuestion(1), 'FORMERR'],
    ['a NOTIFY without a question', Buffer.concat([changed(2, 0x20, 0, 0, 0).subarray(0, 12)]), 'FORMERR'],
    ['TSIG of no data', withRecord(0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0), 'FORMERR'],
    ['an unknown opcode and nothing else', changed(2, 0x78).subarray(0, 12), 'NOTIMP'],
    ['an unknown opcode and garbage', changed(2, 0x78, 0, 0xff), 'NOTIMP'],
  ])('%s', (_, bytes, status) => {
    expect(inWords(reply(served, bytes)).status).toBe(status);
  });

  it.each([254, 255, 256, 257])('a name of %i octets', (octets) => {
    const label = 'x'.repeat(63);
    const bytes = question(`${label}.${label}.${label}.${'y'.repeat(octets - 194)}`);
    expect(bytes.length).toBe(12 + octets + 4);
    expect(inWords(reply(served, bytes)).status).toBe(octets <= 255 ? 'REFUSED' : 'FORMERR');
  });
});

/** What every reply must be, whatever was asked. */
function expectLegal(asked: Uint8Array, answer: Buffer | undefined, limit: number): void {
  if (answer === undefined) {
    expect(asked.length < 12 || ((asked[2] ?? 0) & 0x80) !== 0).toBe(true);
    return;
  }
  expect(answer.length).toBeLessThanOrEqual(limit);
  expect([answer[0], answer[1]]).toEqual([asked[0], asked[1]]);
  // QR, opcode and RD; RA, Z, AD and CD are 0.
  expect((answer[2] ?? 0) & 0xf9).toBe(0x80 | ((asked[2] ?? 0) & 0x79));
  expect((answer[3] ?? 0) & 0xf0).toBe(0);
  const read = readMessage(answer);
  expect(read.ok).toBe(true);
  if (!read.ok) return;
  expect(read.value.questions.length).toBeLessThanOrEqual(1);
  const end = questionEnd(answer);
  expect(answer.subarray(12, end)).toEqual(Buffer.from(asked.subarray(12, end)));
  if (read.value.truncated) expect(read.value.answers).toEqual([]);
  // Whatever options were asked with, those of the reply are well-formed.
  expect(['absent', 'present']).toContain(readEdns(read.value).status);
}

/** Where the question of a reply ends, whose name is never compressed; 12 when there is none. */
function questionEnd(answer: Buffer): number {
  if (answer.readUInt16BE(4) === 0) return 12;
  let at = 12;
  while ((answer[at] ?? 0) !== 0) at += 1 + (answer[at] ?? 0);
  return at + 5;
}

describe('any octets', () => {
  it('get a legal reply or silence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, tcp) => {
        expectLegal(bytes, reply(served, bytes, { tcp }), tcp ? 0xffff : 1232);
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  const queries = fc.constantFrom(
    usual,
    question('foo.w.cloud.example.com', { additional: [opt({ udpBytes: 4096, options: [0, 3, 0, 0] })] }),
    question('nope.cloud.example.com', { type: TYPE.ANY }),
    question('cloud.example.com', { type: TYPE.NS, additional: [opt()] }),
    question('cloud.example.com', { type: TYPE.SOA, opcode: 4 }),
    question('id.server', { type: TYPE.TXT, class: 3 }),
    question('app.cloud.example.com', {
      additional: [
        opt({
          options: [
            ...[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2],
            ...[0, 3, 0, 0, 0, 11, 0, 0],
          ],
        }),
      ],
    }),
    question('app.cloud.example.com', {
      additional: [opt(), [1, 0x6b, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 19, 1, 0x68, 0, ...Array(16).fill(0)]],
    }),
  );
  const changes = fc.array(
    fc.record({
      at: fc.nat(120),
      octet: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 12, 41, 63, 64, 192, 255)),
    }),
    { maxLength: 6 },
  );

  it('near a query get a legal reply or silence', () => {
    fc.assert(
      fc.property(queries, changes, fc.nat(120), fc.boolean(), (query, edits, cut, tcp) => {
        const bytes = Buffer.from(query.subarray(0, Math.max(query.length - cut, 0)));
        for (const { at, octet } of edits) if (at < bytes.length) bytes[at] = octet;
        expectLegal(bytes, reply(served, bytes, { tcp }), tcp ? 0xffff : 1232);
      }),
      { numRuns: propertyRuns(2000) },
    );
  });
});

describe('dns-packet reads', () => {
  it('an answer with EDNS', () => {
    const bytes = reply(served, question('foo.w.cloud.example.com', { additional: [opt()] }));
    const packet = dnsPacket.decode(bytes ?? Buffer.alloc(0));
    expect(packet.answers).toHaveLength(40);
    expect(packet.answers?.[39]).toMatchObject({
      name: 'foo.w.cloud.example.com',
      type: 'A',
      class: 'IN',
      ttl: 30,
      data: '10.0.0.39',
    });
    expect(packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0 }]);
  });

  it('a negative answer', () => {
    const packet = dnsPacket.decode(reply(served, question('nope.cloud.example.com')) ?? Buffer.alloc(0));
    expect(packet.authorities).toMatchObject([
      {
        name: 'cloud.example.com',
        type: 'SOA',
        ttl: 20,
        data: {
          mname: 'gslb-ns-eu-cloud.example.com',
          rname: 'hostmaster.cloud.example.com',
          serial: 7,
          minimum: 20,
        },
      },
    ]);
  });
});
