import type { Outcome } from '#core/probe/outcome.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';

/** Failures in a row after which an address that has passed is down. */
export const downAfter = 3;
/** Successes in a row after which it is up again. */
export const upAfter = 2;

export const firstWord: ProbeWord = { state: 'unknown', row: 0, why: undefined, answered: false };

/** The word after one more probe. One that could not be made changes nothing. */
export function nextWord(word: ProbeWord, outcome: Outcome): ProbeWord {
  if (outcome.kind === 'inconclusive') return word;
  if (outcome.kind === 'passed') {
    if (word.state === 'down' && word.row + 1 < upAfter) return { ...word, row: word.row + 1 };
    return word.state === 'up' && word.row === 0 ? word : { ...firstWord, state: 'up' };
  }
  if (word.state === 'down') return word.row === 0 ? word : { ...word, row: 0 };
  const failed: ProbeWord = {
    state: word.state,
    row: word.row + 1,
    why: outcome.why,
    answered: outcome.kind === 'status',
  };
  if (word.state === 'unknown' || failed.row < downAfter) return failed;
  return { ...failed, state: 'down', row: 0 };
}
