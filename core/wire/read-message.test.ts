import { describe, expect, it } from 'vitest';
import { CLASS, TYPE } from './constants.ts';
import { nameOf } from './name-text.ts';
import { readMessage } from './read-message.ts';

/** Octets from hexadecimal with spaces; `'text'` stands for a label with its length. */
function packet(text: string): Buffer {
  const hex = text.replaceAll(/'([^']*)'/g, (_, label: string) => {
    return Buffer.concat([Buffer.of(label.length), Buffer.from(label)]).toString('hex');
  });
  return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
}

const header = (qd: number, an: number, ns = 0, ar = 0) =>
  `1234 8180 ${[qd, an, ns, ar].map((count) => count.toString(16).padStart(4, '0')).join('')}`;
const question = `'app' 'test' 00 0001 0001`;

describe('readMessage', () => {
  it('reads header, question and sections', () => {
    const result = readMessage(
      packet(`${header(1, 1)} 'App' 'teST' 00 0001 0001 c00c 0001 0001 0000003c 0004 c0000201`),
    );
    const name = nameOf('app.test');
    expect(result).toEqual({
      ok: true,
      value: {
        id: 0x1234,
        response: true,
        opcode: 0,
        authoritative: false,
        truncated: false,
        recursionDesired: true,
        recursionAvailable: true,
        authenticData: false,
        checkingDisabled: false,
        rcode: 0,
        questions: [{ name, type: TYPE.A, class: CLASS.IN }],
        answers: [
          { name, type: TYPE.A, class: CLASS.IN, ttl: 60, rdata: { kind: 'A', address: '192.0.2.1' } },
        ],
        authorities: [],
        additionals: [],
      },
    });
  });

  it('keeps nothing of the octets it read', () => {
    const bytes = packet(
      `${header(0, 2)} 'a' 00 0010 0001 00000000 0003 02 6869  00 ff00 0001 00000000 0002 abcd`,
    );
    const result = readMessage(bytes);
    bytes.fill(0xee);
    expect(result.ok && result.value.answers.map(({ rdata }) => rdata)).toEqual([
      { kind: 'TXT', strings: [Uint8Array.of(0x68, 0x69)] },
      { kind: 'opaque', bytes: Uint8Array.of(0xab, 0xcd) },
    ]);
  });

  it.each([
    ['a TTL above 2^31-1 is 0', '0001 0001 80000000 0004 01020304', { ttl: 0 }],
    ['an A record of class CH is opaque', '0001 0003 00000000 0003 00 0010', { rdata: { kind: 'opaque' } }],
    ['delete RRset of UPDATE', '0001 00ff 00000000 0000', { rdata: { kind: 'empty' } }],
    ['RRset does not exist of UPDATE', '0006 00fe 00000000 0000', { rdata: { kind: 'empty' } }],
    ['delete an RR of UPDATE', '0001 00fe 00000000 0004 01020304', { rdata: { address: '1.2.3.4' } }],
    ['an empty record of an unknown type', 'ff01 0001 00000000 0000', { rdata: { kind: 'opaque' } }],
    ['an empty TXT string', '0010 0001 00000000 0001 00', { rdata: { strings: [new Uint8Array(0)] } }],
    ['a compressed SRV target', '0021 0001 00000000 0008 0001 0002 0003 c00c', { rdata: { port: 3 } }],
    ['an OPT record without options', '0029 04d0 00000000 0000', { rdata: { kind: 'OPT', options: [] } }],
  ])('reads %s', (_, rest, expected) => {
    const result = readMessage(packet(`${header(1, 1)} ${question} c00c ${rest}`));
    expect(result.ok && result.value.answers[0]).toMatchObject(expected);
  });

  it.each([
    ['nothing at all', '', 'truncated'],
    ['11 octets', '1234 8180 0000 0000 0000 00', 'truncated'],
    ['counts that cannot fit', '1234 8180 ffff ffff ffff ffff', 'counts'],
    ['more questions than octets for them', `${header(3, 0)} ${question}`, 'counts'],
    ['one question too many', `${header(2, 0)} ${question}`, 'truncated'],
    ['no question where one is announced', header(1, 0), 'counts'],
    ['a question without a class', `${header(1, 0)} 'a' 00 0001`, 'truncated'],
    ['a question that is a pointer to itself', `${header(1, 0)} c00c 0001 0001 00`, 'pointer'],
    ['a label past the end', `${header(1, 0)} 3f 61 62 00 0001 0001`, 'truncated'],
    ['a reserved label type', `${header(1, 0)} 41 61 00 0001 0001`, 'label-type'],
    ['octets behind the last record', `${header(1, 0)} ${question} 00`, 'trailing-bytes'],
    [
      'a record cut in its fixed part',
      `${header(1, 1)} ${question} 'abcd' 00 0001 0001 0000003c`,
      'truncated',
    ],
    [
      'RDLENGTH past the end',
      `${header(1, 1)} ${question} c00c 0001 0001 0000003c 0005 c0000201`,
      'truncated',
    ],
    ['an A record of 3 octets', `${header(1, 1)} ${question} c00c 0001 0001 0000003c 0003 c00002`, 'rdata'],
    [
      'an A record of 5 octets',
      `${header(1, 1)} ${question} c00c 0001 0001 0000003c 0005 c000020100`,
      'rdata',
    ],
    ['an empty A record of class IN', `${header(1, 1)} ${question} c00c 0001 0001 0000003c 0000`, 'rdata'],
    [
      'an AAAA record of 4 octets',
      `${header(1, 1)} ${question} c00c 001c 0001 0000003c 0004 c0000201`,
      'rdata',
    ],
    [
      'a name shorter than RDLENGTH',
      `${header(1, 1)} ${question} c00c 0002 0001 0000003c 0003 c00c00`,
      'rdata',
    ],
    [
      'a name longer than RDLENGTH',
      `${header(1, 2)} ${question} c00c 0002 0001 0000003c 0002 'ns' 00 00 0001 0001 0000003c 0000`,
      'truncated',
    ],
    [
      'a name that points forwards',
      `${header(1, 1)} ${question} c00c 0002 0001 0000003c 0002 c030`,
      'pointer',
    ],
    [
      'an SOA cut in its numbers',
      `${header(1, 1)} ${question} c00c 0006 0001 0000003c 0013 00 c00c 00000001000000010000000100000001`,
      'rdata',
    ],
    ['an MX of one octet', `${header(1, 1)} ${question} c00c 000f 0001 0000003c 0001 00`, 'rdata'],
    ['an SRV of five octets', `${header(1, 1)} ${question} c00c 0021 0001 0000003c 0005 0000000000`, 'rdata'],
    ['a TXT without a string', `${header(1, 1)} ${question} c00c 0010 0001 0000003c 0000`, 'rdata'],
    [
      'a TXT string past RDLENGTH',
      `${header(1, 1)} ${question} c00c 0010 0001 0000003c 0002 0261 62`,
      'rdata',
    ],
    [
      'a TXT string past RDLENGTH, octets following',
      `${header(1, 2)} ${question} c00c 0010 0001 0000003c 0002 0261 c00c 0001 00ff 00000000 0000`,
      'rdata',
    ],
    ['half an option head', `${header(1, 0, 0, 1)} ${question} 00 0029 04d0 00000000 0003 000a00`, 'rdata'],
    [
      'an option past RDLENGTH',
      `${header(1, 0, 0, 1)} ${question} 00 0029 04d0 00000000 0006 000a 0008 0102`,
      'rdata',
    ],
    ['a TSIG without RDATA', `${header(1, 0, 0, 1)} ${question} 'k' 00 00fa 00ff 00000000 0000`, 'truncated'],
    [
      'a TSIG whose MAC is past RDLENGTH',
      `${header(1, 0, 0, 1)} ${question} 'k' 00 00fa 00ff 00000000 000d 'h' 00 000000000001 012c 0020`,
      'rdata',
    ],
    [
      'a TSIG with a compressed algorithm',
      `${header(1, 0, 0, 1)} ${question} 'k' 00 00fa 00ff 00000000 0012 c00c 000000000001 012c 0000 1234 0000 0000`,
      'pointer',
    ],
  ])('refuses %s', (_, text, code) => {
    const result = readMessage(packet(text));
    expect(result).toMatchObject({ ok: false, error: { code } });
    expect(!result.ok && result.error.message).toMatch(/^The DNS message is malformed at byte \d+: .*\.$/);
  });
});
