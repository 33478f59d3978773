import type { Io } from './io.ts';

/**
 * The Io of this process, for the line that runs a program directly. The first SIGINT or SIGTERM aborts the signal,
 * the second ends the process. A reader that goes away (`| head`) ends the process quietly: nobody is left to read.
 */
export function processIo(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    isTTY: process.stdout.isTTY ?? false,
    signal: stop.signal,
  };
}
