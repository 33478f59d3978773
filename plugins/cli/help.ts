import type { Command, CommandEntry, Program } from './command.ts';
import type { FlagSpec, FlagSpecs } from './flags.ts';
import { globalFlagsOf } from './shared-flags.ts';

/** What `kubectl NAME --help` prints; needs no command's module. */
export function programHelp(program: Program): string {
  return [
    program.summary,
    '',
    'Usage:',
    `  kubectl ${program.name} COMMAND [flags]`,
    '',
    'Commands:',
    ...columns(program.commands.map(({ name, summary }) => [name, summary] as const)),
    '',
    `Help of a command: kubectl ${program.name} COMMAND --help`,
    '',
  ].join('\n');
}

/** What `kubectl NAME COMMAND --help` prints: examples first, then usage and flags. */
export function commandHelp(program: Program, entry: CommandEntry, command: Command<FlagSpecs>): string {
  const usage = ['kubectl', program.name, entry.name, command.positionals, '[flags]'].filter(Boolean);
  return [
    command.description,
    '',
    'Examples:',
    ...command.examples.flatMap(({ does, line }) => [`  # ${does}`, `  ${line}`]),
    '',
    'Usage:',
    `  ${usage.join(' ')}`,
    '',
    ...flagSection('Flags:', command.flags),
    ...flagSection('Flags of every command:', globalFlagsOf(program)),
  ].join('\n');
}

function flagSection(title: string, flags: FlagSpecs): string[] {
  const rows = Object.entries(flags).map(([name, spec]) => [flagUsage(name, spec), describe(spec)] as const);
  return rows.length === 0 ? [] : [title, ...columns(rows), ''];
}

function flagUsage(name: string, spec: FlagSpec): string {
  const short = spec.alias === undefined ? '    ' : `-${spec.alias}, `;
  const long = name.length === 1 ? `    -${name}` : `${short}--${name}`;
  return spec.type === 'boolean' ? long : `${long} ${spec.placeholder}`;
}

function describe(spec: FlagSpec): string {
  const choices = spec.type === 'string' && spec.choices ? `: ${spec.choices.join('|')}` : '';
  const given = spec.type === 'string' || spec.type === 'integer' ? spec.default : undefined;
  return `${spec.describe}${choices}${given === undefined ? '' : ` (default ${given})`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`);
}
