import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { must } from './command.ts';
import { isLayout, type LayoutName, planWorld, type World } from './plan.ts';
import { bootId, identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { chooseSubnet, type Route } from './subnet.ts';

/** Folders that machines have of their own, so that nothing of a world's state may be below them. */
const machineOwned = ['/run', '/var/run', '/var/lib', '/var/log', '/var/cache/bind', '/etc/bind'];
/** sun_path (unix(7)) less what is put below an instance's folder. */
const longestFolder = 107 - '/london/node-1/kubelet/device-plugins/kubelet.sock'.length;

/** `$XDG_STATE_HOME/interspan/playground`, by default below ~/.local/state. */
export function stateRoot(env: NodeJS.ProcessEnv): string {
  const home = env['XDG_STATE_HOME'];
  const root = resolve(home === undefined || home === '' ? join(homedir(), '.local', 'state') : home);
  return join(root, 'interspan', 'playground');
}

/** Everything about an instance is below this folder. */
export function instanceFolder(root: string, instance: string): string {
  return join(root, instance);
}

/** Instances of which something is left, by name. */
export function instances(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The plan that was recorded for an instance; undefined when there is none, or it cannot be read. */
export function recordedWorld(root: string, instance: string): World | undefined {
  try {
    const text = readFileSync(join(instanceFolder(root, instance), 'world.json'), 'utf8');
    const { subnet, layout } = JSON.parse(text) as { subnet: unknown; layout: unknown };
    return typeof subnet === 'number' && isLayout(layout) ? planWorld(instance, subnet, layout) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The plan of an instance: the one recorded, or a new one in a free subnet, recorded before anything is made.
 * `layout` undefined: the recorded one's, the tutorial's for a new one. Throws OTHER_LAYOUT when they differ.
 */
export async function claimWorld(
  root: string,
  instance: string,
  layout: LayoutName | undefined,
): Promise<World> {
  const recorded = recordedWorld(root, instance);
  if (recorded !== undefined && layout !== undefined && recorded.layout !== layout) {
    throw new PlaygroundError(
      'OTHER_LAYOUT',
      `the world "${instance}" has the clusters of ${recorded.layout}, this scenario those of ${layout}`,
      { hint: 'scripts/playground down, or another world beside it with --instance NAME' },
    );
  }
  if (recorded !== undefined) return recorded;
  const folder = instanceFolder(root, instance);
  checkFolder(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  using _ = await lock(join(root, 'subnets.lock'), 'choosing a subnet', 10_000);
  const taken = new Set(instances(root).flatMap((name) => recordedWorld(root, name)?.subnet ?? []));
  const routes = JSON.parse(await must(['ip', '-j', 'route', 'show', 'table', 'all'])) as Route[];
  const world = planWorld(instance, chooseSubnet(instance, taken, routes), layout);
  const file = join(folder, 'world.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(world, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
  return world;
}

/** Refuses, with BUSY, to work on an instance on which another process works. */
export function lockInstance(root: string, instance: string, what: string): Promise<Disposable> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return lock(join(root, `${instance}.lock`), what, 0);
}

/** A file that holds who made it; one whose maker is dead counts for nothing. Waits `waitMs` for a living one. */
async function lock(file: string, what: string, waitMs: number): Promise<Disposable> {
  const content = JSON.stringify({ ...identify(process.pid), what });
  const deadline = performance.now() + waitMs;
  while (!created(file, content)) {
    const holder = lockHolder(file);
    if (holder === undefined) {
      rmSync(file, { force: true });
    } else if (performance.now() >= deadline) {
      throw new PlaygroundError('BUSY', `process ${holder.pid} is at work here (${holder.what})`, {
        hint: 'wait for it to end',
      });
    } else {
      await sleep(50);
    }
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function created(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function lockHolder(file: string): (ProcessIdentity & { what: string }) | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity & { what: string };
    return holder.bootId === bootId() && isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function checkFolder(folder: string): void {
  const owner = machineOwned.find((owned) => `${folder}/`.startsWith(`${owned}/`));
  if (owner !== undefined) {
    throw new PlaygroundError(
      'BAD_STATE',
      `the state may not be in ${folder}: nodes have a ${owner} of their own`,
      {
        hint: 'set XDG_STATE_HOME to another folder',
      },
    );
  }
  if (Buffer.byteLength(folder) > longestFolder) {
    const bytes = Buffer.byteLength(folder);
    throw new PlaygroundError(
      'PATH_TOO_LONG',
      `${folder} has ${bytes} bytes, sockets below it allow ${longestFolder}`,
      {
        hint: 'set XDG_STATE_HOME to a shorter path, or give the instance a shorter name',
      },
    );
  }
}
