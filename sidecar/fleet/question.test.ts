import { randomBytes } from 'node:crypto';
import { decode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { nameOf } from '#core/wire/name-text.ts';
import { questionRandomBytes, upToQuestion, writeQuestion } from './question.ts';

const cookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const host = 'localtargets-app.cloud.example.com';

describe('question to a peer', () => {
  it('is a plain query with EDNS and no wish for recursion', () => {
    const random = Buffer.alloc(questionRandomBytes);
    random.writeUInt16BE(0xbeef, 0);
    const bytes = writeQuestion(nameOf(host), 'AAAA', random, cookie);
    expect(decode(bytes)).toMatchObject({
      id: 0xbeef,
      type: 'query',
      opcode: 'QUERY',
      flag_rd: false,
      questions: [{ name: host, type: 'AAAA', class: 'IN' }],
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, options: [{ code: 10 }] }],
    });
    expect(upToQuestion(bytes).length).toBe(12 + nameOf(host).length + 4);
  });

  it('has its letters in random case, and nothing else changed', () => {
    const asked = new Set<string>();
    for (let count = 0; count < 50; count += 1) {
      const [question] =
        decode(writeQuestion(nameOf(host), 'A', randomBytes(questionRandomBytes), cookie)).questions ?? [];
      asked.add(question?.name ?? '');
    }
    expect(asked.size).toBeGreaterThan(45);
    expect(new Set([...asked].map((name) => name.toLowerCase()))).toEqual(new Set([host]));
  });

  it('has random octets for the longest name', () => {
    const longest = nameOf(Array(4).fill('a'.repeat(61)).join('.').concat('.abcde'));
    expect(longest.length).toBe(255);
    const bytes = writeQuestion(longest, 'A', Buffer.alloc(questionRandomBytes, 0xff), cookie);
    expect(decode(bytes).questions?.[0]?.name).toBe(`${Array(4).fill('A'.repeat(61)).join('.')}.ABCDE`);
  });
});
