import { expect, test } from 'vitest';
import { matchesGlob } from './glob.ts';

test.each([
  ['podinfo', 'podinfo', true],
  ['podinfo', 'podinfo2', false],
  ['pod*', 'podinfo', true],
  ['pod*', 'po', false],
  ['*', '', true],
  ['*-web', 'team-web', true],
  ['*-web', 'team-web-x', false],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'a-c', false],
  ['a*b*b', 'ab', false],
  ['a*a', 'a', false],
  ['a**a', 'aa', true],
  ['a.c', 'abc', false],
])('%j of %j: %j', (glob, text, matches) => {
  expect(matchesGlob([glob], text)).toBe(matches);
});

test('any of several will do, and none allows nothing', () => {
  expect(matchesGlob(['a', 'b*'], 'bee')).toBe(true);
  expect(matchesGlob([], 'a')).toBe(false);
  expect(matchesGlob(undefined, 'a')).toBe(false);
});

test('many stars take no long time', () => {
  const glob = `${'a*'.repeat(100)}b`;
  expect(matchesGlob([glob], 'a'.repeat(63))).toBe(false);
});
