import type { FlagSpec, FlagSpecs } from './flags.ts';

/**
 * Takes apart what kubectl allows and yargs does not: `-ojson` becomes `-o json`, `-Aojson` becomes `-A -o json`.
 * Words of letters that are no flags are left for the parser to refuse.
 */
export function splitShortFlags(specs: FlagSpecs, words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const flags = end === -1 ? words : words.slice(0, end);
  const byLetter = new Map<string, FlagSpec>();
  for (const [name, spec] of Object.entries(specs)) {
    const letter = spec.alias ?? (name.length === 1 ? name : undefined);
    if (letter !== undefined) byLetter.set(letter, spec);
  }
  return [...flags.flatMap((word) => split(word, byLetter)), ...words.slice(flags.length)];
}

function split(word: string, byLetter: ReadonlyMap<string, FlagSpec>): string[] {
  if (!/^-[^-]./.test(word)) return [word];
  const result: string[] = [];
  for (let index = 1; index < word.length; index += 1) {
    const letter = word.charAt(index);
    const spec = byLetter.get(letter);
    if (spec === undefined) return [...result, `-${word.slice(index)}`];
    const rest = word.slice(index + 1);
    if (rest.startsWith('=')) return [...result, `-${letter}${rest}`];
    if (spec.type !== 'boolean')
      return rest === '' ? [...result, `-${letter}`] : [...result, `-${letter}`, rest];
    result.push(`-${letter}`);
  }
  return result;
}
