import { existsSync, readFileSync } from 'node:fs';
import { cgroupFolders, instanceCgroup } from './cgroups.ts';
import { run } from './command.ts';
import { mountsBelow } from './mounts-below.ts';
import { hostLink, namespacesOf } from './network.ts';
import type { World } from './plan.ts';
import { markedProcesses } from './process-identity.ts';

/** Everything on this machine that belongs to a world, a line each; empty after `down`. */
export async function leftovers(world: World, instanceFolder: string): Promise<readonly string[]> {
  const { stdout: links } = await run(['ip', '-o', 'link', 'show', 'dev', hostLink(world)]);
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  return [
    ...markedProcesses(`${instanceFolder}/`).map(({ pid }) => `process ${pid}`),
    ...namespacesOf(world.instance).map((name) => `network namespace ${name}`),
    ...cgroupFolders(instanceCgroup(world.instance)).map((path) => `control group ${path}`),
    ...mountsBelow(instanceFolder, mounts).map((path) => `mount ${path}`),
    ...links
      .split('\n')
      .filter(Boolean)
      .map((line) => `link ${line}`),
    ...(existsSync(instanceFolder) ? [`folder ${instanceFolder}`] : []),
  ];
}
