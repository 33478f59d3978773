import { existsSync, readFileSync } from 'node:fs';
import { cgroupFolders, instanceCgroup } from '#tools/playground/world/cgroups.ts';
import { run } from '#tools/playground/world/command.ts';
import { mountsBelow } from '#tools/playground/world/mounts.ts';
import { hostLink, namespacesOf } from '#tools/playground/world/network.ts';
import type { World } from '#tools/playground/world/plan.ts';
import { markedProcesses } from '#tools/playground/world/process-identity.ts';
import { instanceFolder, stateRoot } from '#tools/playground/world/state.ts';

/** Everything on this machine that belongs to an instance, a line each; empty after `down`. */
export async function leftovers(world: World): Promise<readonly string[]> {
  const folder = instanceFolder(stateRoot(process.env), world.instance);
  const { stdout: links } = await run(['ip', '-o', 'link', 'show', 'dev', hostLink(world)]);
  return [
    ...markedProcesses(`${folder}/`).map(({ pid }) => `process ${pid}`),
    ...namespacesOf(world.instance).map((name) => `namespace ${name}`),
    ...cgroupFolders(instanceCgroup(world.instance)).map((path) => `cgroup ${path}`),
    ...mountsBelow(folder, readFileSync('/proc/self/mounts', 'utf8')).map((path) => `mount ${path}`),
    ...links
      .split('\n')
      .filter(Boolean)
      .map((line) => `link ${line}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
  ];
}
