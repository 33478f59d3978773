import type { Outcome } from '#core/probe/outcome.ts';

/** Failures in a row after which an address that has passed is down. */
export const downAfter = 3;
/** Successes in a row after which it is up again. */
export const upAfter = 2;

/** What one observer makes of one target's probes. */
export interface Word {
  /** `unknown`: never passed; it counts as up, since the probe may be what is wrong. */
  readonly state: 'unknown' | 'up' | 'down';
  /** Failures in a row; of a target that is down: successes in a row. */
  readonly row: number;
  /** Of the failure that counts: the last one; of a target that is down, the one that took it down. */
  readonly why: string | undefined;
  /** Whether that failure was a response of the server itself. */
  readonly answered: boolean;
}

export const firstWord: Word = { state: 'unknown', row: 0, why: undefined, answered: false };

/** The word after one more probe. One that could not be made changes nothing. */
export function nextWord(word: Word, outcome: Outcome): Word {
  if (outcome.kind === 'inconclusive') return word;
  if (outcome.kind === 'passed') {
    if (word.state === 'down' && word.row + 1 < upAfter) return { ...word, row: word.row + 1 };
    return word.state === 'up' && word.row === 0 ? word : { ...firstWord, state: 'up' };
  }
  if (word.state === 'down') return word.row === 0 ? word : { ...word, row: 0 };
  const failed: Word = {
    state: word.state,
    row: word.row + 1,
    why: outcome.why,
    answered: outcome.kind === 'status',
  };
  if (word.state === 'unknown' || failed.row < downAfter) return failed;
  return { ...failed, state: 'down', row: 0 };
}
