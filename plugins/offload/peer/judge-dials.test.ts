import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { dialAll } from './dial.ts';
import { judgeDials } from './judge-dials.ts';

const up = (address: string) => ({ address, failure: undefined });
const down = (address: string) => ({ address, failure: 'connection refused' });

test('all answer: nothing to say', () => {
  expect(judgeDials('us', [up('a:1')], [up('g:1')])).toEqual([]);
  expect(judgeDials('us', [up('a:1')], [])).toEqual([]);
});

test('one of several that does not answer is a warning that names it', () => {
  expect(judgeDials('us', [up('a:1'), down('b:1')], [down('g:1'), up('h:1')])).toEqual([
    'the API server of us cannot be reached at b:1 (connection refused); other addresses answer',
    'the gateway of us cannot be reached at g:1 (connection refused); other addresses answer',
  ]);
});

test.each([
  [
    [down('a:1'), down('b:1')],
    [up('g:1')],
    'the API server of us cannot be reached at a:1 (connection refused), b:1',
  ],
  [[up('a:1')], [down('g:1')], 'the gateway of us cannot be reached at g:1 (connection refused)'],
])('none that answers is an error, case %#', (servers, gateways, message) => {
  expect(() => judgeDials('us', servers, gateways)).toThrow(message);
});

test('dials what listens and what does not, at the same time', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const dial = () => dialAll([{ host: '127.0.0.1', port }], new AbortController().signal);
  expect(await dial()).toEqual([{ address: `127.0.0.1:${port}`, failure: undefined }]);
  await new Promise((resolve) => server.close(resolve));
  expect(await dial()).toEqual([{ address: `127.0.0.1:${port}`, failure: 'connection refused' }]);
});
