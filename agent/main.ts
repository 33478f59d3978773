import { FlagError } from './wiring/errors.ts';
import { parseFlags, usage } from './wiring/flags.ts';

declare const VERSION: string | undefined;

/** Where the program reads and writes; a test passes its own. */
export interface Io {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends it cleanly. */
  readonly signal: AbortSignal;
}

/** Runs agent or gateway until the signal aborts. Resolves to the exit code: 0 ended cleanly, 1 could not run, 2 usage. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const version = typeof VERSION === 'string' ? VERSION : 'from source';
  if (argv.includes('--help')) {
    io.stdout.write(usage);
    return 0;
  }
  if (argv.includes('--version')) {
    io.stdout.write(`offload-agent ${version}\n`);
    return 0;
  }
  try {
    const flags = parseFlags(argv);
    const around = { version, env: io.env, output: io.stderr, signal: io.signal };
    if (flags.program === 'gateway') {
      const { startGateway } = await import('./wiring/start-gateway.ts');
      await startGateway(flags, around);
    } else {
      const { startAgent } = await import('./wiring/start-agent.ts');
      await startAgent(flags, around);
    }
    return 0;
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    io.stderr.write(`error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
    return error instanceof FlagError ? 2 : 1;
  }
}

if (import.meta.main) {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  const io: Io = { stdout: process.stdout, stderr: process.stderr, env: process.env, signal: ending.signal };
  void main(process.argv.slice(2), io).then((code) => {
    process.exitCode = code;
  });
}
