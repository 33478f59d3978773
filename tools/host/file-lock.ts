import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HostError } from './errors.ts';

/** How long a lock may take before `waiting` is called. */
const patienceMs = 500;

/**
 * Waits for the exclusive lock on `file`, which is made where it is missing and stays. The kernel frees it when
 * it is disposed of, and also when this process dies. `waiting` is called once if it takes longer than a moment.
 * Rejects with the signal's reason when aborted. @throws HostError NO_LOCK
 */
export async function lockFile(
  file: string,
  waiting: () => void,
  signal?: AbortSignal,
): Promise<AsyncDisposable> {
  signal?.throwIfAborted();
  mkdirSync(dirname(file), { recursive: true });
  // One process from waiting to holding, and it ends with its standard input: with us.
  const holder = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo locked; exec cat'], { stdio: 'pipe' });
  const { promise: locked, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  const refuse = (why: string) =>
    reject(
      new HostError('NO_LOCK', `${file} cannot be locked: ${why}`, 'this needs flock (Debian: util-linux)'),
    );
  const closed = new Promise<void>((resolve) => {
    holder.once('close', resolve);
  });
  holder.once('error', (error) => refuse(error.message));
  holder.once('close', () => refuse(said.trim()));
  holder.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  holder.stdout.once('data', () => resolve());
  // It may be gone when we let go of it; that is all we want of it.
  holder.stdin.on('error', () => undefined);
  const abort = () => {
    holder.kill();
    reject(signal?.reason);
  };
  signal?.addEventListener('abort', abort);
  const patience = setTimeout(waiting, patienceMs);
  try {
    await locked;
  } finally {
    clearTimeout(patience);
    signal?.removeEventListener('abort', abort);
  }
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await closed;
    },
  };
}
