import { existsSync, mkdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';
import type { DetachedProcesses } from './detached-processes.ts';
import { inNetwork, namespaceInode } from './network.ts';
import type { Machine } from './plan.ts';

/** A running machine. */
export interface RunningMachine {
  /** Words before a command that make it run there: its network, its mounts, its host name. */
  readonly enter: readonly [string, ...string[]];
  /** Whether it was started just now, so that nothing of an earlier life of it can still be used. */
  readonly booted: boolean;
}

export interface MachineFolders {
  /** The machine's own disk: survives its restarts. */
  readonly disk: string;
  /** Folders of the disk by the absolute path at which the machine sees them; that path must exist here. */
  readonly mounts: Readonly<Record<string, string>>;
}

/** The name of the process that holds a machine's mount namespace; machine-wide, it is "the power". */
const holder = 'machine';

/**
 * Starts a machine unless it runs: a process that holds a mount namespace and a host name of its own in the
 * machine's network namespace. All mounts made there vanish with its last process, /run is its own, and so is each
 * folder in `folders.mounts`; everything else of the file system is this machine's.
 */
export async function bootMachine(
  machine: Machine,
  folders: MachineFolders,
  processes: DetachedProcesses,
): Promise<RunningMachine> {
  const before = processes.running(holder);
  if (before !== undefined && !isInNetwork(before.pid, machine.namespace)) await processes.stop(holder);
  const kept = processes.running(holder);
  const ready = join(folders.disk, 'booted');
  if (kept === undefined) {
    rmSync(ready, { force: true });
    const mounts = Object.entries(folders.mounts).map(([path, folder]) => {
      const source = join(folders.disk, folder);
      mkdirSync(source, { recursive: true, mode: 0o755 });
      return { source, path };
    });
    await processes.ensure({ name: holder, argv: holderCommand(machine, mounts, ready) });
    await appears(ready, () => processes.failure(holder));
  }
  const running = processes.running(holder);
  if (running === undefined) throw new PlaygroundError('PROCESS_DIED', `${processes.failure(holder)}`);
  return {
    enter: ['nsenter', `--target=${running.pid}`, '--mount', '--uts', '--net', '--'],
    booted: kept === undefined,
  };
}

function holderCommand(
  machine: Machine,
  mounts: readonly { source: string; path: string }[],
  ready: string,
): [string, ...string[]] {
  // Shared within the machine, as a real one's mounts are: containers may ask for propagation.
  const script = `set -e
    mount --make-rshared /
    hostname "$1"; ready=$2; shift 2
    while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done
    mount -t tmpfs -o mode=755 run /run
    mkdir /run/lock
    : > "$ready"
    exec sleep infinity`;
  const pairs = mounts.flatMap(({ source, path }) => [source, path]);
  return [
    ...inNetwork(machine.namespace),
    ...['unshare', '--mount', '--uts', '--propagation=private', '--'],
    ...['/bin/sh', '-c', script, 'machine', machine.name, ready, ...pairs],
  ];
}

function isInNetwork(pid: number, namespace: string): boolean {
  return readlinkSync(`/proc/${pid}/ns/net`) === `net:[${namespaceInode(namespace)}]`;
}

async function appears(file: string, failure: () => string | undefined): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!existsSync(file)) {
    const dead = failure();
    if (dead !== undefined) throw new PlaygroundError('PROCESS_DIED', dead);
    if (performance.now() > deadline) throw new PlaygroundError('NOT_READY', `${file} does not appear`);
    await sleep(5);
  }
}
