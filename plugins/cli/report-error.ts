import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';

/**
 * Writes an error and its hint to stderr and returns the exit code. `verbosity` 1 adds the causes, 6 the stack. After
 * an interrupt whatever failed is a consequence of it: only what goes on in a cluster all the same is written.
 */
export function reportError(error: unknown, io: Pick<Io, 'stderr' | 'signal'>, verbosity: number): number {
  if (io.signal.aborted) {
    if (error instanceof CliError && error.code === 'interrupted')
      io.stderr.write(errorText(error, verbosity, 'interrupted'));
    return exitCodes.interrupted;
  }
  io.stderr.write(errorText(error, verbosity));
  return error instanceof CliError ? error.exitCode : exitCodes.error;
}

/** `error: …`, then `hint: …` where the error or one of its causes has one. Ends with a line break. */
export function errorText(error: unknown, verbosity: number, label = 'error'): string {
  const chain = causes(error);
  const lines = [`${label}: ${sentence(chain[0])}`];
  if (verbosity >= 1) lines.push(...chain.slice(1).map((cause) => `cause: ${sentence(cause)}`));
  const hint = chain
    .map((each) => (each as { hint?: unknown }).hint)
    .find((each) => typeof each === 'string');
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  if (verbosity >= 6 && error instanceof Error) lines.push(error.stack ?? '');
  return `${lines.join('\n')}\n`;
}

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [error];
  for (let current = error; current instanceof Error && current.cause !== undefined && chain.length < 10; ) {
    current = current.cause;
    chain.push(current);
  }
  return chain;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}
