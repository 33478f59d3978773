import { describe, expect, it } from 'vitest';
import { CLASS, TYPE } from './constants.ts';
import { ednsRecord } from './edns.ts';
import { addresses, message, record, sound } from './message.fixture.ts';
import type { Message } from './message.ts';
import { nameOf } from './name-text.ts';
import { writeMessage } from './write-message.ts';

const opt = ednsRecord({ udpBytes: 1232, dnssecOk: false, upperRcode: 0, options: [] });
const question = { name: nameOf('app.test'), type: TYPE.A, class: CLASS.IN };

function written(parts: Partial<Message>, maxBytes?: number): Message & { readonly size: number } {
  const bytes = writeMessage(message(parts), maxBytes === undefined ? {} : { maxBytes });
  return { ...sound(bytes), size: bytes.length };
}

describe('writeMessage compresses', () => {
  it('owners and the names of RFC 1035 types, and nothing else', () => {
    const bytes = writeMessage(
      message({
        questions: [question],
        answers: [
          record('app.test', { kind: 'CNAME', target: nameOf('web.test') }),
          record('_dns._udp.test', {
            kind: 'SRV',
            priority: 0,
            weight: 0,
            port: 53,
            target: nameOf('web.test'),
          }),
          {
            name: nameOf('web.test'),
            type: 39,
            class: 1,
            ttl: 1,
            rdata: { kind: 'opaque', bytes: nameOf('test') },
          },
        ],
      }),
    );
    expect(Buffer.from(bytes.subarray(12))).toEqual(
      Buffer.concat([
        Buffer.from('\x03app\x04test\0\0\x01\0\x01', 'latin1'),
        Buffer.from('\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03web\xc0\x10', 'latin1'),
        Buffer.from(
          '\x04_dns\x04_udp\xc0\x10\0\x21\0\x01\0\0\0\x3c\0\x10\0\0\0\0\0\x35\x03web\x04test\0',
          'latin1',
        ),
        Buffer.from('\xc0\x26\0\x27\0\x01\0\0\0\x01\0\x06\x04test\0', 'latin1'),
      ]),
    );
  });

  it('five name servers into half the octets', () => {
    const authorities = Array.from({ length: 5 }, (_, k) =>
      record('cloud.example.com', { kind: 'NS', target: nameOf(`gslb-ns-${k}-cloud.example.com`) }),
    );
    expect(writeMessage(message({ authorities })).length).toBeLessThan(200);
  });

  it('correctly after names that were taken back', () => {
    const long = record('x.test', { kind: 'TXT', strings: [new Uint8Array(255), new Uint8Array(255)] });
    const reply = written(
      {
        questions: [question],
        answers: addresses('app.test', 1),
        additionals: [long, ...addresses('x.test', 1), ...addresses('y.x.test', 1)],
      },
      512,
    );
    expect(reply.additionals).toEqual([...addresses('x.test', 1), ...addresses('y.x.test', 1)]);
  });

  it('never to behind the 14 bits that a pointer has', () => {
    const strings = Array.from({ length: 70 }, () => new Uint8Array(255));
    const answers = [record('a.test', { kind: 'TXT', strings }), ...addresses('new.name', 2)];
    expect(written({ answers })).toMatchObject({ answers });
  });
});

describe('writeMessage, when the message is too long,', () => {
  it('leaves out whole RRsets of the answer, all behind it, and sets TC', () => {
    const reply = written(
      {
        questions: [question],
        answers: [
          record('app.test', { kind: 'CNAME', target: nameOf('web.test') }),
          ...addresses('web.test', 40),
        ],
        authorities: [record('test', { kind: 'NS', target: nameOf('ns.test') })],
        additionals: [...addresses('ns.test', 1), opt],
      },
      512,
    );
    expect(reply).toMatchObject({
      truncated: true,
      authorities: [],
      additionals: [opt],
      questions: [question],
    });
    expect(reply.answers).toHaveLength(1);
  });

  it('leaves out additional RRsets without TC, keeps those that fit, and OPT', () => {
    const additionals = [...addresses('big.test', 40), ...addresses('small.test', 2), opt];
    const reply = written({ questions: [question], answers: addresses('app.test', 3), additionals }, 512);
    expect(reply).toMatchObject({ truncated: false, additionals: additionals.slice(40) });
  });

  it('uses the last octet that is allowed', () => {
    const parts = { questions: [question], answers: addresses('app.test', 20), additionals: [opt] };
    const { size } = written(parts);
    expect(written(parts, size)).toMatchObject({ truncated: false, size });
    expect(written(parts, size - 1)).toMatchObject({ truncated: true, answers: [] });
  });

  it('throws rather than leave anything out unasked', () => {
    const answers = addresses('app.test', 5000);
    expect(() => writeMessage(message({ answers }))).toThrow('more than 65535 octets');
    expect(written({ answers }, 65_535)).toMatchObject({ truncated: true, answers: [] });
    expect(() => writeMessage(message({ questions: [question] }), { maxBytes: 20 })).toThrow(
      'cannot hold its question',
    );
  });
});

describe('writeMessage refuses', () => {
  it.each([
    [
      'IPv6 in an A record',
      record('a', { kind: 'A', address: '2001:db8::1' }),
      'not an address for a record of type A',
    ],
    ['IPv4 in an AAAA record', record('a', { kind: 'AAAA', address: '192.0.2.1' }), 'type AAAA'],
    ['no address', record('a', { kind: 'A', address: '1.2.3' }), '"1.2.3" is not an address'],
    [
      'a TXT string of 256 octets',
      record('a', { kind: 'TXT', strings: [new Uint8Array(256)] }),
      '255 are the most',
    ],
    ['a TXT record without strings', record('a', { kind: 'TXT', strings: [] }), 'at least one string'],
    [
      'data of another type',
      { ...record('a', { kind: 'A', address: '192.0.2.1' }), type: 28 },
      'cannot hold',
    ],
  ])('%s, and writes the next message all the same', (_, bad, reason) => {
    expect(() => writeMessage(message({ answers: [bad] }))).toThrow(reason);
    expect(written({ answers: addresses('app.test', 1) }).answers).toHaveLength(1);
  });
});
