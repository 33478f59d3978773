import { describe, expect, it } from 'vitest';
import type { Outcome } from '#core/probe/outcome.ts';
import { firstWord, nextWord } from './word.ts';

const outcomes: Readonly<Record<string, Outcome>> = {
  p: { kind: 'passed' },
  r: { kind: 'refused', why: 'connection refused' },
  s: { kind: 'status', why: 'status 503' },
  i: { kind: 'inconclusive', why: 'cannot try: EMFILE' },
};
const wordAfter = (probes: string) =>
  [...probes].map((letter) => outcomes[letter] as Outcome).reduce(nextWord, firstWord);

describe('the word about a target', () => {
  it.each([
    // Passed, refused, status, inconclusive.
    ['', 'unknown', 0],
    ['rrrrrr', 'unknown', 6],
    ['p', 'up', 0],
    ['rrrp', 'up', 0],
    ['prr', 'up', 2],
    ['prrprr', 'up', 2],
    ['prrr', 'down', 0],
    ['pirriir', 'down', 0],
    ['prrii', 'up', 2],
    ['prrrp', 'down', 1],
    ['prrrpr', 'down', 0],
    ['prrrprp', 'down', 1],
    ['prrrpip', 'up', 0],
    ['prrrpprr', 'up', 2],
    ['prrrpprrr', 'down', 0],
  ])('after %j it is %s, %i in a row', (probes, state, row) => {
    expect(wordAfter(probes)).toMatchObject({ state, row });
  });

  it('keeps the failure that took the target down', () => {
    expect(wordAfter('prrs')).toMatchObject({ state: 'down', why: 'status 503', answered: true });
    expect(wordAfter('pssrss')).toMatchObject({ state: 'down', why: 'connection refused', answered: false });
  });
});
