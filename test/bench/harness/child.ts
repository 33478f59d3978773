import { spawn } from 'node:child_process';
import { endChild } from '#test/support/end-child.ts';

/** A program that was started for a bench. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: RegExpExecArray;
}

/**
 * Starts a program and resolves when a line of its output (either stream) matches `ready`. Rejects with all that it
 * said when it ends before. Disposing it ends it.
 */
export async function startChild(
  [program, ...args]: readonly [string, ...string[]],
  ready: RegExp,
): Promise<Child> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  const hear = (chunk: Buffer) => {
    said += chunk.toString();
    const match = ready.exec(said);
    if (match !== null) resolve(match);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${said}`)));
  const match = await promise;
  // From here on it may say what it likes; the pipes are only kept empty.
  for (const stream of [child.stdout, child.stderr]) stream.removeListener('data', hear).resume();
  return { pid: child.pid ?? 0, ready: match, [Symbol.asyncDispose]: () => endChild(child) };
}
