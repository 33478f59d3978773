import { expect, it } from 'vitest';
import { isDown, type Observation } from './merge.ts';

const says = { u: 'up', d: 'down', n: 'unknown', s: 'silent' } as const;
/** A letter each; the one in brackets is on the node. */
const observations = (text: string): Observation[] =>
  [...text.matchAll(/(\()?([udns])/g)].map(([, own, letter]) => ({
    onItsNode: own !== undefined,
    says: says[letter as keyof typeof says],
  }));

it.each([
  // Nobody has a word.
  ['', false],
  ['(n) n s', false],
  // The replica on the node decides.
  ['(d)', true],
  ['(d) u u u', true],
  ['(u) d d d', false],
  // It is silent, has no word, or there is none: two others, or all there are.
  ['(s) d d', true],
  ['(s) d d u', true],
  ['(s) d u', false],
  ['(s) d u u', false],
  ['(s) d', true],
  ['(s) d s n', true],
  ['(s) u', false],
  ['(n) d d', true],
  ['(n) d u', false],
  ['d', true],
  ['u', false],
  ['d n', true],
  ['d u', false],
])('seen as %j (the one on the node in brackets) it is down: %s', (text, down) => {
  expect(isDown(observations(text))).toBe(down);
});
