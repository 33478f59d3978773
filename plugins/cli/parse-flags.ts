import yargs, { type Options } from 'yargs';
import { closest } from './closest.ts';
import { CliError } from './errors.ts';
import type { FlagSpec, FlagSpecs, FlagValues } from './flags.ts';
import { splitShortFlags } from './short-flags.ts';

/**
 * Reads the words after a command as kubectl reads them: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, flags
 * and arguments in any order, the last of a repeated flag wins, `--` ends the flags. `usage` is what the hint of an
 * error names. @throws CliError `usage`.
 */
export async function parseFlags<F extends FlagSpecs>(
  specs: F,
  words: readonly string[],
  usage: string,
): Promise<{ readonly flags: FlagValues<F>; readonly args: readonly string[] }> {
  const parser = yargs()
    .help(false)
    .version(false)
    .exitProcess(false)
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .options(Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, yargsOption(spec)])))
    .fail((message: string | null, cause: Error | undefined) => {
      throw new CliError('usage', refusal(cause?.message ?? message ?? ''), {
        hint: `${usage} --help`,
        cause,
      });
    });
  const { _: args, $0: _program, ...given } = await parser.parseAsync(splitShortFlags(specs, words));
  for (const name of Object.keys(given))
    if (!Object.hasOwn(specs, name)) throw unknownFlag(name, specs, usage);
  const flags = Object.entries(specs).map(([name, spec]) => [
    name,
    flagValue(name, spec, given[name], usage),
  ]);
  return { flags: Object.fromEntries(flags) as FlagValues<F>, args: args.map(String) };
}

function yargsOption(spec: FlagSpec): Options {
  const alias = spec.alias === undefined ? {} : { alias: spec.alias };
  if (spec.type === 'boolean') return { type: 'boolean', ...alias };
  return { type: spec.type === 'list' ? 'array' : 'string', string: true, requiresArg: true, ...alias };
}

function flagValue(name: string, spec: FlagSpec, given: unknown, usage: string): unknown {
  if (spec.type === 'list') return Array.isArray(given) ? given.map(String) : [];
  const last = Array.isArray(given) ? given.at(-1) : given;
  if (spec.type === 'boolean') return last === true;
  if (last === undefined) return spec.default;
  const text = String(last);
  if (spec.type === 'integer') {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new CliError('usage', `${dashed(name)} "${text}" is not a number`, { hint: `${usage} --help` });
  }
  if (spec.choices === undefined || spec.choices.includes(text)) return text;
  throw new CliError('usage', `${dashed(name)} "${text}" is unknown`, {
    hint: `one of ${spec.choices.join(', ')}`,
  });
}

function unknownFlag(name: string, specs: FlagSpecs, usage: string): CliError {
  const meant = name.length === 1 ? undefined : closest(name, Object.keys(specs));
  return new CliError('usage', `unknown flag ${dashed(name)}`, {
    hint: meant === undefined ? `${usage} --help lists the flags` : `did you mean --${meant}?`,
  });
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** yargs' words for a flag without its value name neither dashes nor what is missing. */
function refusal(message: string): string {
  const name = /^Not enough arguments following: (\S+)$/.exec(message)?.[1];
  return name === undefined ? message : `${dashed(name)} needs a value`;
}
