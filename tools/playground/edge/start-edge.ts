import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { must, run } from '#tools/playground/world/command.ts';
import { DetachedProcesses } from '#tools/playground/world/detached-processes.ts';
import { bootMachine } from '#tools/playground/world/machine.ts';
import type { World } from '#tools/playground/world/plan.ts';
import { initialZone, namedConfig, parentZone, renderKey, rootZone } from './named-config.ts';

/** Who BIND runs as, from Debian's package. */
const bindUser = 'bind';

/** The file that holds the TSIG key of a cluster (BIND `key` syntax, mode 0400). */
export function tsigKeyFile(edgeFolder: string, geotag: string): string {
  return join(edgeFolder, 'keys', `${geotag}.key`);
}

/** Makes the TSIG keys that are missing: 256 bits each, one per cluster. */
function ensureTsigKeys(edgeFolder: string, world: World): void {
  mkdirSync(join(edgeFolder, 'keys'), { recursive: true, mode: 0o700 });
  for (const { geotag } of world.clusters) {
    const file = tsigKeyFile(edgeFolder, geotag);
    if (existsSync(file)) continue;
    writeFileSync(file, renderKey(geotag, randomBytes(32).toString('base64')), { mode: 0o400 });
  }
}

/**
 * Starts BIND on the edge's machine and waits until it answers. It runs as `bind`; its configuration is bound to
 * /etc/bind and its journal to /var/cache/bind of that machine, where that user can reach them.
 */
export async function startEdge(edgeFolder: string, world: World): Promise<void> {
  const processes = new DetachedProcesses(join(edgeFolder, 'processes'));
  const disk = join(edgeFolder, 'disk');
  ensureTsigKeys(edgeFolder, world);
  const owner = await userIds(bindUser);
  const config = ownedFolder(join(disk, 'etc-bind'), { uid: 0, gid: owner.gid }, 0o750);
  const keys = ownedFolder(join(config, 'keys'), owner, 0o500);
  const data = ownedFolder(join(disk, 'var-cache-bind'), owner, 0o750);
  for (const { geotag } of world.clusters) {
    ownedFile(
      join(keys, `${geotag}.key`),
      readFileSync(tsigKeyFile(edgeFolder, geotag), 'utf8'),
      owner,
      0o400,
    );
  }
  ownedFile(join(config, 'named.conf'), namedConfig(world), owner, 0o440);
  ownedFile(join(config, 'root.zone'), rootZone(world), owner, 0o440);
  const zone = join(data, `${parentZone}.zone`);
  if (!existsSync(zone)) ownedFile(zone, initialZone(world), owner, 0o640);
  const { enter } = await bootMachine(
    world.edge,
    { disk, mounts: { '/etc/bind': 'etc-bind', '/var/cache/bind': 'var-cache-bind' } },
    processes,
  );
  await processes.ensure({
    name: 'named',
    argv: [...enter, 'named', '-f', '-u', bindUser, '-c', '/etc/bind/named.conf'],
  });
  await answers(world, () => {
    const failure = processes.failure('named');
    return failure === undefined ? undefined : `${failure}\n(BIND's own log: ${join(data, 'named.log')})`;
  });
}

async function answers(world: World, failure: () => string | undefined): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const server = `@${world.edge.address}`;
    const { stdout } = await run(['dig', server, '+short', '+time=1', '+tries=1', parentZone, 'SOA']);
    if (stdout.includes(parentZone)) return;
    const dead = failure();
    if (dead !== undefined) throw new PlaygroundError('PROCESS_DIED', dead);
    if (performance.now() > deadline) {
      throw new PlaygroundError(
        'NOT_READY',
        `BIND at ${world.edge.address} does not answer for ${parentZone}`,
      );
    }
    await sleep(100);
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

async function userIds(user: string): Promise<Owner> {
  const [, , uid, gid] = (await must(['getent', 'passwd', user])).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function ownedFolder(path: string, { uid, gid }: Owner, mode: number): string {
  mkdirSync(path, { recursive: true });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return path;
}

function ownedFile(path: string, content: string, { uid, gid }: Owner, mode: number): void {
  writeFileSync(path, content, { mode: 0o600 });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}
