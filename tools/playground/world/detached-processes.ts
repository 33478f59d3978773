import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { lastLines, type Processes, type ProcessSpec } from '#tools/playground/cluster/processes.ts';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { identify, isAlive, killAll, markVariable, type ProcessIdentity } from './process-identity.ts';

/** What is remembered of a started process. */
interface ProcessRecord extends ProcessIdentity {
  readonly argv: readonly string[];
}

/**
 * Daemons that outlive this program: each is remembered by pid, start time and boot in `<directory>/<name>.json`,
 * carries its mark in its environment, and logs to `<directory>/<name>.log`.
 */
export class DetachedProcesses implements Processes {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A process of the same name with another argv (its machine was replaced, a flag changed) is killed first. */
  async ensure({ name, argv }: ProcessSpec): Promise<boolean> {
    const record = this.#read(name);
    if (record !== undefined && isAlive(record)) {
      if (record.argv.join('\0') === argv.join('\0')) return false;
      await killAll([record]);
    }
    this.#write(name, { ...(await this.#spawn(name, argv)), argv });
    return true;
  }

  /** The running process of that name. */
  running(name: string): ProcessIdentity | undefined {
    const record = this.#read(name);
    return record !== undefined && isAlive(record) ? record : undefined;
  }

  failure(name: string): string | undefined {
    if (this.running(name) !== undefined) return undefined;
    const log = existsSync(this.#file(name, 'log')) ? readFileSync(this.#file(name, 'log'), 'utf8') : '';
    return `${name} is not running (log: ${this.#file(name, 'log')}):\n${lastLines(log)}`;
  }

  /** Kills it and forgets it; one that does not run is fine. */
  async stop(name: string): Promise<void> {
    const running = this.running(name);
    if (running !== undefined) await killAll([running]);
    rmSync(this.#file(name, 'json'), { force: true });
  }

  async #spawn(name: string, argv: readonly [string, ...string[]]): Promise<ProcessIdentity> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const log = openSync(this.#file(name, 'log'), 'a', 0o600);
    try {
      const [command, ...args] = argv;
      const child = spawn(command, args, {
        cwd: '/',
        detached: true,
        stdio: ['ignore', log, log],
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          [markVariable]: this.#mark(name),
        },
      });
      await once(child, 'spawn');
      child.unref();
      const identity = identify(child.pid as number);
      if (identity === undefined) {
        throw new PlaygroundError('PROCESS_DIED', `${name} ended at once: see ${this.#file(name, 'log')}`);
      }
      return identity;
    } finally {
      closeSync(log);
    }
  }

  #mark(name: string): string {
    return join(this.#directory, name);
  }

  #file(name: string, extension: 'json' | 'log'): string {
    return join(this.#directory, `${name}.${extension}`);
  }

  #read(name: string): ProcessRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#file(name, 'json'), 'utf8')) as ProcessRecord;
    } catch {
      // Absent, or cut short by a crash: the mark in its environment finds the process all the same.
      return undefined;
    }
  }

  #write(name: string, record: ProcessRecord): void {
    const next = `${this.#file(name, 'json')}.new`;
    writeFileSync(next, JSON.stringify(record), { mode: 0o600 });
    renameSync(next, this.#file(name, 'json'));
  }
}
