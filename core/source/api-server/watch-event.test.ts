import { expect, test } from 'vitest';
import { readWatchEvent } from './watch-event.ts';

const object = { metadata: { name: 'a', resourceVersion: '5' } };
const read = (value: unknown): unknown => readWatchEvent(Buffer.from(JSON.stringify(value)));

test.each<[unknown, unknown]>([
  [
    { type: 'ADDED', object },
    { type: 'applied', object },
  ],
  [
    { type: 'MODIFIED', object },
    { type: 'applied', object },
  ],
  [
    { type: 'DELETED', object },
    { type: 'deleted', object },
  ],
  [
    { type: 'BOOKMARK', object: { metadata: { resourceVersion: '6' } } },
    { type: 'bookmark', resourceVersion: '6' },
  ],
  [
    { type: 'ERROR', object: { code: 410 } },
    { type: 'error', status: 410, body: '{"code":410}' },
  ],
  [
    { type: 'ERROR', object: {} },
    { type: 'error', status: 0, body: '{}' },
  ],
])('%j is an event', (line, event) => {
  expect(read(line)).toEqual(event);
});

test.each<[unknown]>([
  [{ type: 'ADDED' }],
  [{ type: 'ADDED', object: { metadata: {} } }],
  [{ type: 'ADDED', object: { metadata: { resourceVersion: '6' } } }],
  [{ type: 'BOOKMARK', object: {} }],
  [{ type: 'EXPLODED', object }],
  [{ object }],
  [[]],
  [null],
  ['text'],
])('%j is none', (line) => {
  expect(read(line)).toBeUndefined();
});

test.each(['', '{"type":"ADDED","object":{"meta', '\u0000\uFFFF', '<html>'])(
  'the text %j is none',
  (text) => {
    expect(readWatchEvent(Buffer.from(text))).toBeUndefined();
  },
);
