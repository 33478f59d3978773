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

it('an error stays as it is', () => {
  const whole = reply(served, question('elsewhere.example', { additional: [opt()] })) ?? Buffer.alloc(0);
  const before = Buffer.from(whole);
  expect(truncateReply(whole, whole.length)).toBe(before.length);
  expect(whole).toEqual(before);
});
