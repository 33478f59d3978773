import { createInterface } from 'node:readline';
import type { Input, Io } from './io.ts';

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
    stdin,
    env: process.env,
    isTTY: process.stdout.isTTY ?? false,
    signal: stop.signal,
  };
}

const stdin: Input = {
  get isTTY() {
    return process.stdin.isTTY ?? false;
  },
  text: async (signal) => {
    const chunks: Buffer[] = [];
    const stop = (): void => void process.stdin.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return Buffer.concat(chunks).toString('utf8');
  },
  line: async (signal) => {
    // Without an output it leaves Ctrl-C to the process.
    const lines = createInterface({ input: process.stdin, signal });
    const answer = Promise.withResolvers<string>();
    lines.once('line', answer.resolve);
    lines.once('close', () => answer.resolve(''));
    try {
      return await answer.promise;
    } finally {
      lines.close();
    }
  },
};
