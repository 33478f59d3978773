import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';

/** A process, told apart from a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start (proc(5), stat field 22). */
  readonly startTicks: string;
  /** /proc/sys/kernel/random/boot_id: start ticks repeat after a boot. */
  readonly bootId: string;
}

/** The environment variable that every process of a world carries: `<folder of its record>/<name>`. */
export const markVariable = 'INTERSPAN_PLAYGROUND_PROCESS';

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Who has this pid now; undefined when nobody or only a zombie does. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The second field, the command, may hold spaces and brackets; the third follows its last bracket.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = rest[18];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return { pid, startTicks, bootId: bootId() };
}

/** Whether this very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Every process whose mark begins with `prefix`: also one whose record was never written, and what it started. */
export function markedProcesses(prefix: string): readonly ProcessIdentity[] {
  const wanted = `${markVariable}=${prefix}`;
  return pids()
    .filter(
      (pid) =>
        readProc(pid, 'environ')
          ?.split('\0')
          .some((entry) => entry.startsWith(wanted)) === true,
    )
    .flatMap((pid) => identify(pid) ?? []);
}

/** Every process in the network namespace with this inode number (`stat` of its file). */
export function processesInNetwork(inode: number): readonly ProcessIdentity[] {
  const link = `net:[${inode}]`;
  return pids().flatMap((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === link ? (identify(pid) ?? []) : [];
    } catch {
      return [];
    }
  });
}

/** Kills these very processes and waits until they are gone. */
export async function killAll(processes: readonly ProcessIdentity[]): Promise<void> {
  let left = processes.filter(isAlive);
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  const deadline = performance.now() + 20_000;
  for (;;) {
    left = left.filter(isAlive);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      const numbers = left.map(({ pid }) => pid).join(', ');
      throw new PlaygroundError('NOT_READY', `processes do not end although killed: ${numbers}`);
    }
    await sleep(10);
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** A process may end between any two looks at it; that is not an error. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
