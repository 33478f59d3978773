import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';

/** A running nginx whose configuration may be replaced. */
export interface Nginx {
  /** Writes the configuration and has nginx read it; nothing when it is the same. */
  configure(text: string): void;
  /** Resolves with its exit code when it ends. */
  readonly ended: Promise<number>;
}

/** Starts nginx with this configuration in `file`; it ends with the signal, after the requests under way. */
export function startNginx(executable: string, file: string, text: string, signal: AbortSignal): Nginx {
  let current = '';
  const write = (next: string): void => {
    current = next;
    writeFileSync(`${file}.new`, next);
    renameSync(`${file}.new`, file);
  };
  write(text);
  const child: ChildProcess = spawn(executable, ['-c', file], { stdio: ['ignore', 'inherit', 'inherit'] });
  signal.addEventListener('abort', () => child.kill('SIGQUIT'));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 128));
  });
  return {
    ended,
    configure: (next) => {
      if (next === current) return;
      write(next);
      child.kill('SIGHUP');
    },
  };
}
