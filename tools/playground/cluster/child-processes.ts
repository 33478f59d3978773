import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, type Processes, type ProcessSpec } from './processes.ts';

/**
 * Daemons that end with this process, for tests: the kernel kills them when their parent dies (setpriv's
 * --pdeathsig), even after a crash. Logs go to `<directory>/<name>.log`.
 */
export class ChildProcesses implements Processes, AsyncDisposable {
  readonly #directory: string;
  readonly #children = new Map<string, ChildProcess>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async ensure({ name, argv }: ProcessSpec): Promise<boolean> {
    const running = this.#children.get(name);
    if (running !== undefined && isRunning(running)) return false;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const log = openSync(this.#logFile(name), 'a', 0o600);
    try {
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], { stdio: ['ignore', log, log] });
      this.#children.set(name, child);
      await once(child, 'spawn');
      return true;
    } finally {
      closeSync(log);
    }
  }

  failure(name: string): string | undefined {
    const child = this.#children.get(name);
    if (child !== undefined && isRunning(child)) return undefined;
    const end = child === undefined ? 'was not started' : `ended (${child.signalCode ?? child.exitCode})`;
    const log = existsSync(this.#logFile(name)) ? readFileSync(this.#logFile(name), 'utf8') : '';
    return `${name} ${end}:\n${lastLines(log)}`;
  }

  /** Kills one and waits for its end; one that does not run is fine. */
  async stop(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (child === undefined || !isRunning(child)) return;
    const end = once(child, 'exit');
    child.kill('SIGKILL');
    await end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.stop(name)));
  }

  #logFile(name: string): string {
    return join(this.#directory, `${name}.log`);
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
