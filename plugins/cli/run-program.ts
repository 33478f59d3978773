import { type Command, clientVersionText, type Program } from './command.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { findCommand } from './find-command.ts';
import type { FlagSpecs } from './flags.ts';
import { commandHelp, programHelp } from './help.ts';
import type { Io } from './io.ts';
import { reportError } from './report-error.ts';
import { globalFlags } from './shared-flags.ts';

/**
 * Runs one command line of a plugin and resolves to its exit code (see exitCodes); never rejects. Version and help
 * are answered before the flag parser (yargs, 44 ms) or any other command is loaded.
 */
export async function runProgram(program: Program, argv: readonly string[], io: Io): Promise<number> {
  let verbosity = 0;
  try {
    const version = versionText(program, argv);
    if (version !== undefined) {
      io.stdout.write(version);
      return exitCodes.ok;
    }
    if (argv[0] === '__complete') {
      const { complete } = await import('./complete.ts');
      await complete(program, argv.slice(1), io);
      return exitCodes.ok;
    }
    const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
    const found = findCommand(program, words);
    if (found === undefined) return withoutCommand(program, words, io);
    const { entry, rest } = found;
    const command: Command<FlagSpecs> = await entry.load();
    if (asksForHelp(rest)) {
      io.stdout.write(commandHelp(program, entry, command));
      return exitCodes.ok;
    }
    const { parseFlags } = await import('./parse-flags.ts');
    const usage = `kubectl ${program.name} ${entry.name}`;
    const { flags, args } = await parseFlags({ ...command.flags, ...globalFlags }, rest, usage);
    verbosity = flags.v;
    if (command.positionals === undefined && args.length > 0)
      throw new CliError('usage', `${usage} takes no arguments, found "${args[0]}"`, {
        hint: `${usage} --help`,
      });
    const code = await command.run({ program, flags, args, io });
    return io.signal.aborted ? exitCodes.interrupted : code;
  } catch (error) {
    return reportError(error, io, verbosity);
  }
}

/** The two ways to ask for the plugin's version that must be instant. */
function versionText(program: Program, argv: readonly string[]): string | undefined {
  if (argv[0] === '--version') return `${program.version}\n`;
  const isClientVersion = argv.length === 2 && argv[0] === 'version' && argv[1] === '--client';
  return isClientVersion ? clientVersionText(program.version) : undefined;
}

function withoutCommand(program: Program, words: readonly string[], io: Io): number {
  const [stray] = words.filter((word) => word !== '--help' && word !== '-h');
  if (stray !== undefined)
    throw new CliError('usage', `kubectl ${program.name}: a command is missing after ${stray}`, {
      hint: `kubectl ${program.name} --help lists the commands`,
    });
  io.stdout.write(programHelp(program));
  return exitCodes.ok;
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}
