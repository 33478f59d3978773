import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Asks a child process to end (SIGTERM), kills it when it has not after 5 s; resolves when it has ended. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5000);
  try {
    await exited;
  } finally {
    clearTimeout(impatient);
  }
}
