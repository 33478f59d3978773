import { FlagError } from './errors.ts';

/** Set by the build. */
declare const VERSION: string | undefined;

/** Where the program reads and writes; a test passes its own. */
export interface Io {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends it cleanly. */
  readonly signal: AbortSignal;
}

/** What the process gives a program. */
export interface Surroundings {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where log lines go. */
  readonly output: { write(text: string): unknown };
  /** Ends it cleanly. */
  readonly signal: AbortSignal;
}

/** A program that runs until it is told to end. */
export interface Daemon {
  readonly name: string;
  /** What `--help` prints. */
  readonly usage: string;
  /** Resolves when all is closed; rejects when it cannot run, with FlagError for the command line. */
  run(argv: readonly string[], around: Surroundings): Promise<void>;
}

/** Runs it until the signal aborts. Resolves to the exit code: 0 ended cleanly, 1 could not run, 2 usage. */
export async function runDaemon(daemon: Daemon, argv: readonly string[], io: Io): Promise<number> {
  const version = typeof VERSION === 'string' ? VERSION : 'from source';
  if (argv.includes('--help')) {
    io.stdout.write(daemon.usage);
    return 0;
  }
  if (argv.includes('--version')) {
    io.stdout.write(`${daemon.name} ${version}\n`);
    return 0;
  }
  try {
    await daemon.run(argv, { version, env: io.env, output: io.stderr, signal: io.signal });
    return 0;
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    io.stderr.write(`error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
    return error instanceof FlagError ? 2 : 1;
  }
}

/** Runs an entry as this process: SIGTERM and SIGINT end it cleanly, a second one at once. */
export function runAsProcess(main: (argv: readonly string[], io: Io) => Promise<number>): void {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  const io: Io = { stdout: process.stdout, stderr: process.stderr, env: process.env, signal: ending.signal };
  void main(process.argv.slice(2), io).then((code) => {
    process.exitCode = code;
  });
}
