import { AUTHORITATIVE_ANSWER, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf } from '#core/wire/name-text.ts';
import type { Reply } from './ask.ts';
import { questionRandomBytes, upToQuestion, writeQuestion } from './question.ts';
import { checkReply } from './reply.ts';

const name = 'localtargets-app.cloud.example.com';
const sent = upToQuestion(
  writeQuestion(nameOf(name), 'A', Buffer.alloc(questionRandomBytes, 0xa5), new Uint8Array(8)),
);

type Answers = NonNullable<Packet['answers']>;
const a = (data: string, owner = name): Answers[number] => ({ type: 'A', name: owner, data, ttl: 30 });

it('a reply’s cookie comes along', () => {
  const bytes = reply({
    answers: [a('192.0.2.1')],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        flags: 0,
        options: [{ code: 10, data: Buffer.alloc(24, 7) }],
      } as never,
    ],
  });
  expect(checkReply(bytes, sent, 'A')?.cookie).toEqual(new Uint8Array(24).fill(7));
  expect(checkReply(reply({ answers: [a('192.0.2.1')] }), sent, 'A')?.cookie).toBeUndefined();
});

/** A reply with our id and question, letter by letter. */
function reply(packet: Packet, rcode = 0): Buffer {
  const bytes = encode({
    type: 'response',
    id: sent.readUInt16BE(0),
    flags: AUTHORITATIVE_ANSWER,
    questions: [{ type: 'A', name }],
    ...packet,
  });
  sent.copy(bytes, 12, 12);
  bytes[3] = (bytes[3] ?? 0) | rcode;
  return bytes;
}

const changed = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  change(bytes);
  return bytes;
};
const nothing: Reply = { kind: 'addresses', addresses: [] };

describe('reply of a peer', () => {
  it.each<[string, Buffer, Reply, number]>([
    [
      'addresses, sorted and distinct',
      reply({ answers: [a('192.0.2.9'), a('192.0.2.10'), a('192.0.2.9')] }),
      { kind: 'addresses', addresses: ['192.0.2.10', '192.0.2.9'] },
      0,
    ],
    [
      'owners in another letter case',
      reply({ answers: [a('192.0.2.9', name.toUpperCase())] }),
      { kind: 'addresses', addresses: ['192.0.2.9'] },
      0,
    ],
    ['no such record', reply({}), nothing, 0],
    ['no such name', reply({}, 3), { kind: 'no-name' }, 0],
    ['SERVFAIL', reply({ answers: [a('192.0.2.9')] }, 2), { kind: 'error' }, 0],
    ['REFUSED', reply({}, 5), { kind: 'error' }, 0],
    [
      'BADVERS, which without its upper bits looks like no such record',
      reply({
        additionals: [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: 1232,
            extendedRcode: 1,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ],
      }),
      { kind: 'error' },
      0,
    ],
    ['truncation', reply({ flags: TRUNCATED_RESPONSE }), { kind: 'truncated' }, 0],
    [
      'another owner: nothing of it',
      reply({ answers: [a('192.0.2.9', 'app.cloud.example.com')] }),
      nothing,
      0,
    ],
    [
      'another type: nothing of it',
      reply({
        answers: [
          { type: 'AAAA', name, data: '2001:db8::1', ttl: 30 },
          { type: 'CNAME', name, data: 'x.example.com', ttl: 30 },
        ],
      }),
      nothing,
      0,
    ],
    [
      'addresses that no cluster has: refused and counted',
      reply({ answers: [a('127.0.0.1'), a('192.0.2.9'), a('224.0.0.1'), a('0.0.0.0')] }),
      { kind: 'addresses', addresses: ['192.0.2.9'] },
      3,
    ],
    [
      'octets behind the end',
      Buffer.concat([reply({ answers: [a('192.0.2.9')] }), Buffer.alloc(1)]),
      { kind: 'error' },
      0,
    ],
    [
      'a count that is a lie',
      changed(reply({}), (bytes) => bytes.writeUInt16BE(60_000, 6)),
      { kind: 'error' },
      0,
    ],
  ])('%s', (_title, bytes, expected, refusedAddresses) => {
    expect(checkReply(bytes, sent, 'A')).toEqual({ reply: expected, refusedAddresses });
  });

  it('takes at most 64 addresses', () => {
    const answers = Array.from({ length: 100 }, (_, index) => a(`192.0.2.${index + 1}`));
    const checked = checkReply(reply({ answers }), sent, 'A');
    expect(checked?.reply.kind === 'addresses' && checked.reply.addresses.length).toBe(64);
    expect(checked?.refusedAddresses).toBe(36);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a header', reply({}).subarray(0, 11)],
    [
      'another id in its first octet',
      changed(reply({}), (bytes) => bytes.writeUInt8((bytes[0] ?? 0) ^ 1, 0)),
    ],
    [
      'another id in its second octet',
      changed(reply({}), (bytes) => bytes.writeUInt8((bytes[1] ?? 0) ^ 1, 1)),
    ],
    ['a question instead of a reply', changed(reply({}), (bytes) => bytes.writeUInt8(0, 2))],
    ['another opcode', changed(reply({}), (bytes) => bytes.writeUInt8((bytes[2] ?? 0) | 0x28, 2))],
    ['no question', changed(reply({}), (bytes) => bytes.writeUInt16BE(0, 4))],
    ['two questions', changed(reply({}), (bytes) => bytes.writeUInt16BE(2, 4))],
    [
      'the name in other letter case',
      changed(reply({}), (bytes) => bytes.writeUInt8((bytes[14] ?? 0) ^ 0x20, 14)),
    ],
    ['another type asked', changed(reply({}), (bytes) => bytes.writeUInt8(28, sent.length - 3))],
  ])('is none with %s', (_title, bytes) => {
    expect(checkReply(bytes, sent, 'A')).toBeUndefined();
  });

  it('is judged without an exception whatever the octets behind the question are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ minLength: 6, maxLength: 6 }),
        (tail, counts) => {
          const bytes = Buffer.concat([reply({}).subarray(0, sent.length), tail]);
          bytes.set(counts, 6);
          expect(['addresses', 'no-name', 'error', 'truncated']).toContain(
            checkReply(bytes, sent, 'A')?.reply.kind,
          );
        },
      ),
    );
  });
});
