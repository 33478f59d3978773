import { closest } from './closest.ts';
import type { CommandEntry, Program } from './command.ts';
import { CliError } from './errors.ts';
import { globalFlags } from './shared-flags.ts';

/**
 * Splits a command line into its command and the rest (flags before the command stay in the rest). Before the command
 * only flags that every command takes may have a value in the next word. Undefined without a command.
 * @throws CliError `usage` for a word that is no command.
 */
export function findCommand(
  program: Program,
  argv: readonly string[],
): { readonly entry: CommandEntry; readonly rest: readonly string[] } | undefined {
  const index = commandIndex(argv);
  const word = argv[index];
  if (word === undefined) return undefined;
  const entry = program.commands.find(({ name }) => name === word);
  if (entry !== undefined) return { entry, rest: argv.toSpliced(index, 1) };
  const meant = closest(
    word,
    program.commands.map(({ name }) => name),
  );
  throw new CliError('usage', `unknown command "${word}" of kubectl ${program.name}`, {
    hint: `${meant === undefined ? '' : `did you mean ${meant}? `}kubectl ${program.name} --help lists the commands`,
  });
}

const valued = new Set(
  Object.entries(globalFlags).flatMap(([name, spec]) =>
    spec.type === 'boolean' ? [] : [`--${name}`, `-${'alias' in spec ? spec.alias : name}`],
  ),
);

function commandIndex(argv: readonly string[]): number {
  let index = 0;
  for (; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return index + 1;
    if (!word.startsWith('-')) return index;
    if (valued.has(word)) index += 1;
  }
  return index;
}
