import fc from 'fast-check';
import { expect, it } from 'vitest';
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
import { truncateReply } from './slip.ts';

const served = serve([
  { zones: [cloud], names: [name('app.cloud.example.com', { a: fixed(...manyAddresses(4)) })] },
]);

it.each([
  ['an answer', question('app.cloud.example.com', { additional: [opt()] }), 'NOERROR aa tc', '1232'],
  ['an answer without OPT', question('app.cloud.example.com'), 'NOERROR aa tc', undefined],
  ['a name error', question('no.cloud.example.com', { additional: [opt()] }), 'NXDOMAIN aa tc', '1232'],
  ['records with pointers', question('cloud.example.com', { type: 2 }), 'NOERROR aa tc', undefined],
])('%s keeps its question and OPT and gets TC', (_title, query, status, edns) => {
  const whole = reply(served, query) ?? Buffer.alloc(0);
  const length = truncateReply(whole, whole.length);
  expect(length).toBeLessThanOrEqual(query.length);
  expect(inWords(whole.subarray(0, length))).toEqual({ status, answers: [], authority: [], opt: edns });
});

it('an error loses what its OPT tells, and gets no TC', () => {
  const query = question('elsewhere.example', { additional: [opt()] });
  const whole = reply(served, query) ?? Buffer.alloc(0);
  expect(inWords(whole).opt).toContain('ede');
  const length = truncateReply(whole, whole.length);
  expect(length).toBe(query.length);
  expect(inWords(whole.subarray(0, length))).toMatchObject({ status: 'REFUSED', opt: '1232' });
});

it('of all options a cookie is kept, wherever it stands', () => {
  const cookie = [0, 10, 0, 24, ...Array.from({ length: 24 }, (_, k) => k)];
  const text = [0, 15, 0, 10, 0, 22, ...Buffer.from('no way!!')];
  const nsid = [0, 3, 0, 2, 1, 2];
  for (const options of [
    [...cookie, ...text],
    [...nsid, ...cookie, ...text],
    [...text, ...nsid, ...cookie],
  ]) {
    const bare = reply(served, question('app.cloud.example.com')) ?? Buffer.alloc(0);
    const whole = Buffer.concat([bare, Buffer.from(opt({ options }))]);
    whole.writeUInt16BE(1, 10);
    const length = truncateReply(whole, whole.length);
    expect([...whole.subarray(length - 28, length)]).toEqual(cookie);
    expect(inWords(whole.subarray(0, length))).toMatchObject({ status: 'NOERROR aa tc', opt: '1232 option' });
  }
});

it('any octets may be in the reply', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
      const out = new Uint8Array(1232);
      out.set(octets);
      const length = truncateReply(out, octets.length);
      expect(length).toBeGreaterThanOrEqual(0);
    }),
  );
});
