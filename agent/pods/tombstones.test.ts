import { expect, test } from 'vitest';
import { readTombstone } from './tombstones.ts';

const tombstone = { namespace: 'web', name: 'a', uid: 'u1', time: '2026-01-01T00:00:00Z' };

test('what was written is read', () => {
  expect(readTombstone('u1', JSON.stringify(tombstone))).toEqual(tombstone);
});

test.each(['', 'null', '[]', '7', '{"namespace":"web"}', '{"namespace":1,"name":"a","time":"t"}', '{"na'])(
  'the text %j is no tombstone',
  (text) => {
    expect(readTombstone('u1', text)).toBeUndefined();
  },
);
