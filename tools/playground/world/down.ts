import { readFileSync, rmSync } from 'node:fs';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { instanceCgroup, removeCgroup } from './cgroups.ts';
import { must } from './command.ts';
import { leftovers } from './leftovers.ts';
import { mountsBelow } from './mounts-below.ts';
import { namespaceInode, namespacesOf, removeNetwork } from './network.ts';
import { planWorld } from './plan.ts';
import { killAll, markedProcesses, processesInNetwork } from './process-identity.ts';
import { instanceFolder, recordedWorld } from './state.ts';
import type { Steps } from './steps.ts';

/**
 * Removes all of an instance: processes, control groups, mounts, namespaces, links, folder. What is not there is
 * passed over, so that it ends a world that is whole, half made, or crashed, and does nothing the second time.
 * Looks at the end whether anything is left: LEFTOVERS.
 */
export async function tearDown(root: string, instance: string, steps: Steps): Promise<void> {
  const folder = instanceFolder(root, instance);
  // Only the link is named after the subnet, and it goes with the fabric; the rest goes by the instance's name.
  const recorded = recordedWorld(root, instance);
  const world = recorded ?? planWorld(instance, 0);
  await steps.step('processes', () => endProcesses(folder, instance));
  await steps.step('control groups', () => removeCgroup(instanceCgroup(instance)));
  await steps.step('mounts', () => unmountBelow(folder));
  await steps.step('network', () => removeNetwork(world));
  await steps.step('folder', () => rmSync(folder, { recursive: true, force: true }));
  const left = recorded === undefined ? [] : await leftovers(recorded, folder);
  if (left.length > 0) throw new PlaygroundError('LEFTOVERS', `could not be removed: ${left.join(', ')}`);
}

/**
 * Kills everything that carries the instance's mark (all that it started, and what those started: runtimes'
 * shims too), and whatever is in a network that only this instance has. The containers are in its control groups.
 */
async function endProcesses(folder: string, instance: string): Promise<void> {
  await killAll(markedProcesses(`${folder}/`));
  for (const namespace of namespacesOf(instance)) {
    const inode = namespaceInode(namespace);
    if (inode !== undefined) await killAll(processesInNetwork(inode));
  }
}

/** Unmounts everything below a folder, deepest first. Machines mount in namespaces of their own: there is seldom any. */
async function unmountBelow(folder: string): Promise<void> {
  for (const path of mountsBelow(folder, readFileSync('/proc/self/mounts', 'utf8'))) {
    await must(['umount', '--lazy', path]);
  }
}
