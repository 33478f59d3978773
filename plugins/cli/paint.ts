import { styleText } from 'node:util';
import type { Io } from './io.ts';

/** What a colour says; never the only thing that says it. */
export type Tone = 'good' | 'bad' | 'warning' | 'quiet';

/** Gives text the colour of a tone, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const styles = { good: 'green', bad: 'red', warning: 'yellow', quiet: 'dim' } as const;

/**
 * `always` and `never` decide; `auto` colours on a terminal that is not TERM=dumb, where NO_COLOR is unset or empty
 * (no-color.org). FORCE_COLOR goes before NO_COLOR, as in Node; FORCE_COLOR=0 is no colour.
 */
export function paintFor(when: 'auto' | 'always' | 'never', io: Pick<Io, 'env' | 'isTTY'>): Paint {
  const colored = when === 'always' || (when === 'auto' && automatic(io));
  return colored
    ? (tone, text) => styleText(styles[tone], text, { validateStream: false })
    : (_tone, text) => text;
}

function automatic({ env, isTTY }: Pick<Io, 'env' | 'isTTY'>): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return !env['NO_COLOR'] && env['TERM'] !== 'dumb' && isTTY;
}
