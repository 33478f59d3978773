import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { must, run } from './command.ts';
import { fabricNamespace, inNetwork } from './network.ts';
import { hostAddress, namespacePrefix, type World } from './plan.ts';

/** Host numbers that clients get, the first free one first. */
const clientHosts = Array.from({ length: 50 }, (_, index) => 200 + index);

/**
 * Runs `work` with a client of the world: a machine of its own address whose only resolver is the edge, that lives as
 * long as the work does. `enter` are the words to put before a command that shall run there.
 */
export async function withClient<T>(
  world: World,
  instanceFolder: string,
  work: (enter: readonly [string, ...string[]]) => Promise<T>,
): Promise<T> {
  const resolvConf = join(instanceFolder, 'client', 'resolv.conf');
  mkdirSync(join(instanceFolder, 'client'), { recursive: true });
  writeFileSync(resolvConf, `nameserver ${world.edge.address}\n`);
  const host = await plugIn(world);
  const namespace = clientNamespace(world, host);
  try {
    const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    return await work([
      ...inNetwork(namespace),
      ...['unshare', '--mount', '--propagation=private', '--', '/bin/sh', '-c', script, resolvConf],
    ]);
  } finally {
    await run(['ip', '-n', fabricNamespace(world), 'link', 'delete', clientLink(host)]);
    await run(['ip', 'netns', 'delete', namespace]);
  }
}

/** Makes the namespace of the first free client host; its creation is what claims the number. */
async function plugIn(world: World): Promise<number> {
  if (!existsSync('/etc/resolv.conf')) {
    throw new PlaygroundError(
      'COMMAND_FAILED',
      'there is no /etc/resolv.conf to put the edge in the place of',
      {
        hint: 'touch /etc/resolv.conf',
      },
    );
  }
  for (const host of clientHosts) {
    const namespace = clientNamespace(world, host);
    const { code } = await run(['ip', 'netns', 'add', namespace]);
    if (code !== 0) continue;
    const fabric = fabricNamespace(world);
    const link = clientLink(host);
    await must([
      'ip',
      '-n',
      fabric,
      'link',
      'add',
      link,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      namespace,
    ]);
    await must(['ip', '-n', fabric, 'link', 'set', link, 'master', 'bridge', 'up']);
    await must([
      'ip',
      '-n',
      namespace,
      'address',
      'add',
      `${hostAddress(world.subnet, host)}/24`,
      'dev',
      'eth0',
    ]);
    await must(['ip', '-n', namespace, 'link', 'set', 'eth0', 'up']);
    return host;
  }
  throw new PlaygroundError(
    'NO_SUBNET_LEFT',
    `all ${clientHosts.length} client addresses of ${world.instance} are taken`,
  );
}

function clientNamespace(world: World, host: number): string {
  return `${namespacePrefix(world.instance)}client-${host}`;
}

function clientLink(host: number): string {
  return `client-${host}`;
}
