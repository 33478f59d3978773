import { expect, it } from 'vitest';
import { statusPatch } from './status-patch.ts';

it.each([
  [
    'nothing for a status that is as it should be',
    { a: 1, b: { c: [1] } },
    { a: 1, b: { c: [1] } },
    undefined,
  ],
  ['nothing for fields that somebody else has there', { a: 1, theirs: 2 }, { a: 1 }, undefined],
  ['all fields where there is no status', undefined, { a: 1, b: {} }, { a: 1, b: {} }],
  ['only the fields that differ', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
  ['null for a key that went', { m: { x: 1, y: 2 } }, { m: { y: 2 } }, { m: { x: null, y: 2 } }],
  ['null for the last key that went', { m: { x: 1 } }, { m: {} }, { m: { x: null } }],
  [
    'null for a key that went further down',
    { m: { x: { u: 1, v: 1 }, y: 1 } },
    { m: { x: { v: 1 }, y: 1 } },
    { m: { x: { u: null, v: 1 }, y: 1 } },
  ],
  ['lists whole', { l: [1, 2] }, { l: [2] }, { l: [2] }],
])('writes %s', (_title, before, after, patch) => {
  expect(statusPatch(before, after)).toEqual(patch);
});
