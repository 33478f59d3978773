import { type FSWatcher, watch } from 'node:fs';

/** How long a folder must be quiet before it is read: editors and tools write in several steps. */
const settleMs = 100;
/** A folder that is written to without pause is read all the same after this long. */
const impatienceMs = 1000;
/** How often it is looked at without being told: network file systems send no events. */
const pollMs = 2000;
/**
 * The same where nothing is watched: the folder is not there, or the system refuses. Machines that run kubelets are
 * often out of inotify instances.
 */
const unwatchedPollMs = 250;

/** What a look found, as far as it matters for the next one. */
export interface Look {
  /** The directories to watch from now on, with their inodes. */
  readonly directories: ReadonlyMap<string, number>;
  /** Whether something was being written, and is to be looked at again soon. */
  readonly unsettled: boolean;
}

export interface DirectoryWatchOptions {
  /** Reads the folder. Must not reject. */
  readonly look: () => Promise<Look>;
  /** Called when the system begins to refuse to watch; it is polled then. */
  readonly onRefused: (error: Error) => void;
  readonly watch?: typeof watch;
}

/**
 * Decides when a folder is looked at: at the start, 100 ms after a change, and every 2 s (every 250 ms where it is not
 * there or the system refuses to watch). One look at a time.
 */
export class DirectoryWatch implements Disposable {
  readonly #options: DirectoryWatchOptions;
  readonly #watchers = new Map<string, { readonly inode: number; readonly watcher: FSWatcher }>();
  #timer: NodeJS.Timeout | undefined;
  #firstEventAt: number | undefined;
  #looking = false;
  #againWanted = false;
  #refused = false;
  #disposed = false;

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #poke(): void {
    if (this.#looking) {
      this.#againWanted = true;
      return;
    }
    const now = performance.now();
    this.#firstEventAt ??= now;
    this.#schedule(Math.max(0, Math.min(settleMs, this.#firstEventAt + impatienceMs - now)));
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#disposed) this.#timer = setTimeout(() => void this.#look(), delayMs);
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#firstEventAt = undefined;
    const started = { at: performance.now(), cpu: process.cpuUsage() };
    const { directories, unsettled } = await this.#options.look();
    this.#looking = false;
    if (this.#disposed) return;
    this.#watchOnly(directories);
    // A big folder is polled less often, so that looking stays below 2 % of a core. Of a busy machine it is not the
    // time that passed: a small folder would not be looked at for long.
    const { user, system } = process.cpuUsage(started.cpu);
    const tookMs = Math.min(performance.now() - started.at, (user + system) / 1000);
    const blind = this.#refused || this.#watchers.size === 0;
    this.#schedule(Math.max(blind ? unwatchedPollMs : pollMs, tookMs * 50));
    if (this.#againWanted || unsettled) {
      this.#againWanted = false;
      this.#poke();
    }
  }

  #watchOnly(directories: ReadonlyMap<string, number>): void {
    for (const [directory, { inode, watcher }] of this.#watchers) {
      if (directories.get(directory) === inode) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    const unwatched = [...directories].filter(([directory]) => !this.#watchers.has(directory));
    const refusals = unwatched.map(([directory, inode]) => this.#watch(directory, inode));
    const refusal = refusals.find((error) => error !== undefined);
    if (refusal !== undefined && !this.#refused) this.#options.onRefused(refusal);
    this.#refused = refusal !== undefined;
  }

  /** Returns why not, if the system refuses. */
  #watch(directory: string, inode: number): Error | undefined {
    try {
      const watcher = (this.#options.watch ?? watch)(directory, () => this.#poke());
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, { inode, watcher });
      // What was written between the look and now has sent no event.
      this.#againWanted = true;
      return undefined;
    } catch (error) {
      // A directory that is gone again is found out by the next look.
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : (error as Error);
    }
  }
}
