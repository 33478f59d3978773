import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { identify, killAll, type ProcessIdentity } from './process-identity.ts';

/** A mounted hierarchy of control groups. */
interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
}

/** The cgroup of an instance, by its path in every hierarchy; a node's is one folder below. */
export function instanceCgroup(instance: string): string {
  return `/interspan-${instance}`;
}

/** Makes a cgroup in every hierarchy, so that a kubelet finds it as its root. */
export function ensureCgroup(path: string): void {
  const hierarchies = mounted();
  if (hierarchies.length === 0) {
    throw new PlaygroundError('NO_CGROUPS', 'no cgroup hierarchy is mounted', {
      hint: 'mount -t cgroup2 none /sys/fs/cgroup',
    });
  }
  for (const hierarchy of hierarchies) {
    let parent = hierarchy.path;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const child = join(parent, name);
      if (hierarchy.version === 2) delegateControllers(parent);
      mkdirSync(child, { recursive: true });
      // A new cpuset of version 1 has neither processors nor memory, and takes no process until it has.
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        if (hierarchy.version === 1 && existsSync(join(child, file)))
          copyIfEmpty(join(parent, file), join(child, file));
      }
      parent = child;
    }
  }
}

/** Kills every process in a cgroup and below, in any hierarchy; the cgroups stay. */
export async function killCgroup(path: string): Promise<void> {
  // Twice: a process may fork while its cgroup is read.
  for (let round = 0; round < 2; round++) await killAll(processesInCgroup(path));
}

/** Every process in a cgroup and below, in any hierarchy. */
export function processesInCgroup(path: string): readonly ProcessIdentity[] {
  const pids = mounted().flatMap((hierarchy) => below(join(hierarchy.path, path)).flatMap(processesIn));
  return [...new Set(pids)].flatMap((pid) => identify(pid) ?? []);
}

/** Removes a cgroup and all below it from every hierarchy; processes in it are killed first. */
export async function removeCgroup(path: string): Promise<void> {
  await killCgroup(path);
  const deadline = performance.now() + 10_000;
  for (const folder of mounted().flatMap((hierarchy) => below(join(hierarchy.path, path)))) {
    while (!removed(folder)) {
      if (performance.now() > deadline) {
        throw new PlaygroundError(
          'NO_CGROUPS',
          `${folder} is still in use by ${processesIn(folder).join(', ')}`,
        );
      }
      await sleep(10);
    }
  }
}

/** A cgroup is busy for a moment after its last process ended. */
function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return false;
    throw error;
  }
}

/** The folders of a cgroup that exist, over all hierarchies. */
export function cgroupFolders(path: string): readonly string[] {
  return mounted()
    .map((hierarchy) => join(hierarchy.path, path))
    .filter((folder) => existsSync(folder));
}

function mounted(): readonly Hierarchy[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line): Hierarchy[] => {
      const [, path, type] = line.split(' ');
      if (path === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
      return [{ path, version: type === 'cgroup' ? 1 : 2 }];
    });
}

/** Version 2: a child has only the controllers that its parent hands down. */
function delegateControllers(parent: string): void {
  const available = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim();
  if (available === '') return;
  const words = available.split(' ').map((controller) => `+${controller}`);
  writeFileSync(join(parent, 'cgroup.subtree_control'), words.join(' '));
}

function copyIfEmpty(from: string, to: string): void {
  if (readFileSync(to, 'utf8').trim() === '') writeFileSync(to, readFileSync(from, 'utf8'));
}

/** A cgroup with all below it, deepest first. */
function below(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...children.flatMap(({ name }) => below(join(folder, name))), folder];
}

function processesIn(folder: string): number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    // Removed in between by a dying container's runtime.
    return [];
  }
}
