import { randomBytes } from 'node:crypto';
import { decode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { nameOf } from '#core/wire/name-text.ts';
import { mostQuestionBytes, questionRandomBytes, writeQuestion } from './question.ts';

const host = 'localtargets-app.cloud.example.com';

describe('question to a peer', () => {
  it('is a plain query with EDNS and no wish for recursion', () => {
    const buffer = Buffer.alloc(mostQuestionBytes);
    const random = Buffer.alloc(questionRandomBytes);
    random.writeUInt16BE(0xbeef, 0);
    const { length, questionEnd } = writeQuestion(buffer, nameOf(host), 'AAAA', random);
    const message = decode(buffer.subarray(0, length));
    expect(message).toMatchObject({
      id: 0xbeef,
      type: 'query',
      opcode: 'QUERY',
      flag_rd: false,
      questions: [{ name: host, type: 'AAAA', class: 'IN' }],
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, options: [] }],
    });
    expect(questionEnd).toBe(length - 11);
  });

  it('has its letters in random case, and nothing else changed', () => {
    const buffer = Buffer.alloc(mostQuestionBytes);
    const asked = new Set<string>();
    for (let count = 0; count < 50; count += 1) {
      const { length } = writeQuestion(buffer, nameOf(host), 'A', randomBytes(questionRandomBytes));
      const [question] = decode(buffer.subarray(0, length)).questions ?? [];
      asked.add(question?.name ?? '');
    }
    expect(asked.size).toBeGreaterThan(45);
    expect(new Set([...asked].map((name) => name.toLowerCase()))).toEqual(new Set([host]));
  });

  it('has room for the longest name', () => {
    const longest = nameOf(Array(4).fill('a'.repeat(61)).join('.').concat('.abcde'));
    expect(longest.length).toBe(255);
    const { length } = writeQuestion(Buffer.alloc(mostQuestionBytes), longest, 'A', Buffer.alloc(34, 0xff));
    expect(length).toBe(mostQuestionBytes);
  });
});
