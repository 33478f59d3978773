import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ImageRecipe } from './build-image.ts';
import { executableEntries } from './executable-entries.ts';

/**
 * The image of a program that `npm run build` made: the program at `/<name>` as its entrypoint, and the libraries that
 * it loads. Named `interspan/<name>`; the default tag is the program's digest, so that an install rolls out what
 * changed.
 */
export function programImage(program: string, tag = digestOf(program)): ImageRecipe {
  const name = basename(program);
  return {
    reference: `interspan/${name}:${tag}`,
    entries: executableEntries(program, `/${name}`),
    entrypoint: [`/${name}`],
  };
}

/** What the program was made from: twelve letters are enough to tell two builds apart. */
function digestOf(program: string): string {
  return readFileSync(`${program}.made-from`, 'utf8').slice(0, 12);
}
