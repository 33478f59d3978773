import type { Typed } from './complete.ts';
import type { FlagSpecs, FlagValues } from './flags.ts';
import type { Io } from './io.ts';
import type { GlobalFlagValues } from './shared-flags.ts';

/** A plugin: what `kubectl NAME` is. */
export interface Program {
  /** As typed after kubectl. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Version of this build. */
  readonly version: string;
  /** What flags of every command mean here, where that is not what shared-flags says. */
  readonly flagTexts?: Readonly<Record<string, string>>;
  /** In the order of help. */
  readonly commands: readonly CommandEntry[];
}

/** A command before its module is loaded: enough for the program's help. */
export interface CommandEntry {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: a list of commands whose flags differ; defineCommand ties each run to its own.
  readonly load: () => Promise<Command<any>>;
}

export interface Command<F extends FlagSpecs> {
  /** What stands after the command's name in the usage, for example `[HOST|GSLB]...`; absent: no arguments. */
  readonly positionals?: string;
  /** Sentences for the help of this command. */
  readonly description: string;
  /** Whole command lines with what they do. */
  readonly examples: readonly { readonly does: string; readonly line: string }[];
  readonly flags: F;
  /** What may stand at the next argument, each with a tab and a description if it has one; absent: nothing is known. */
  readonly complete?: (typed: Typed, io: Io) => Promise<readonly string[]>;
  /** Returns the exit code; throws CliError (or any error) for what ends it. */
  readonly run: (input: CommandInput<F>) => Promise<number>;
}

export interface CommandInput<F extends FlagSpecs> {
  readonly program: Program;
  readonly flags: FlagValues<F> & GlobalFlagValues;
  /** Positional arguments. */
  readonly args: readonly string[];
  readonly io: Io;
}

/** A command whose `run` sees the types of its own flags. */
export function defineCommand<const F extends FlagSpecs>(command: Command<F>): Command<F> {
  return command;
}

/** What `version --client` prints. */
export function clientVersionText(version: string): string {
  return `Client Version: ${version}\n`;
}
