import { existsSync, readdirSync, statSync } from 'node:fs';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { must, run } from './command.ts';
import {
  type ClusterPlan,
  hostAddress,
  type Machine,
  type NodePlan,
  namespacePrefix,
  type World,
} from './plan.ts';

/**
 * The bridge of a world stands in a namespace of its own, and this machine hangs on it by one veth with address .1.
 * So no packet between nodes passes this machine's firewall or needs its ip_forward, and nothing has to be set here.
 */
export function fabricNamespace(world: World): string {
  return `${namespacePrefix(world.instance)}fabric`;
}

/** The only link in this machine's own network; IFNAMSIZ allows 15 characters. */
export function hostLink(world: World): string {
  return `interspan${world.subnet}`;
}

/** Where `ip netns` keeps its names. */
const namespaceFolder = '/run/netns';

/** The path that stands for a network namespace; nsenter and stat take it. */
function namespacePath(namespace: string): string {
  return `${namespaceFolder}/${namespace}`;
}

/** Makes the fabric and every machine's namespace, link, address and routes; keeps those that are whole. */
export async function ensureNetwork(world: World): Promise<void> {
  await bridgeFiltering();
  await ensureFabric(world);
  await Promise.all([
    connectMachine(world, world.edge, []),
    ...world.clusters.flatMap((cluster) =>
      cluster.nodes.map((node) => connectMachine(world, node, nodeRoutes(world, cluster, node))),
    ),
  ]);
}

/** Deletes every namespace of a world and its link on this machine; absent ones are fine. */
export async function removeNetwork(world: World): Promise<void> {
  const left = namespacesOf(world.instance);
  // The kernel takes a link with its namespace, but later; the fabric's presence says that the link is this world's.
  if (left.includes(fabricNamespace(world))) await run(['ip', 'link', 'delete', hostLink(world)]);
  for (const namespace of left) await must(['ip', 'netns', 'delete', namespace]);
}

/** The network namespaces of an instance that there are, by name. */
export function namespacesOf(instance: string): readonly string[] {
  if (!existsSync(namespaceFolder)) return [];
  return readdirSync(namespaceFolder).filter((name) => name.startsWith(namespacePrefix(instance)));
}

/** Takes a machine's cable out, or puts it back: packets then vanish, as with a machine without power. */
export async function setCable(world: World, machine: Machine, state: 'up' | 'down'): Promise<void> {
  await must(['ip', '-n', fabricNamespace(world), 'link', 'set', machine.link, state]);
}

/** Makes packets from a machine to others vanish, or lets them pass again; the rest of its network is as it was. */
export async function setPath(
  from: Machine,
  to: readonly Machine[],
  state: 'open' | 'severed',
): Promise<void> {
  const verb = state === 'severed' ? 'replace' : 'delete';
  await ip(
    from.namespace,
    to.map(({ address }) => `route ${verb} blackhole ${address}/32`),
  );
}

/** kube-proxy must see what a node's own bridge carries: a Service whose backend is on the same node. */
async function bridgeFiltering(): Promise<void> {
  if (existsSync('/proc/sys/net/bridge')) return;
  const { code, stderr } = await run(['modprobe', 'br_netfilter']);
  if (code !== 0 || !existsSync('/proc/sys/net/bridge')) {
    throw new PlaygroundError('COMMAND_FAILED', `the kernel has no br_netfilter: ${stderr.trim()}`, {
      hint: 'modprobe br_netfilter, from the package of modules that belongs to the running kernel',
    });
  }
}

async function ensureFabric(world: World): Promise<void> {
  const fabric = fabricNamespace(world);
  const link = hostLink(world);
  if (existsSync(namespacePath(fabric)) && (await linkIsUp(undefined, link))) return;
  await run(['ip', 'link', 'delete', link]);
  await freshNamespace(fabric);
  await ip(fabric, ['link set lo up', 'link add bridge type bridge', 'link set bridge up']);
  await ip(undefined, [`link add ${link} type veth peer name host netns ${fabric}`]);
  await ip(fabric, ['link set host master bridge', 'link set host up']);
  await ip(undefined, [`addr add ${hostAddress(world.subnet, 1)}/24 dev ${link}`, `link set ${link} up`]);
}

async function connectMachine(world: World, machine: Machine, routes: readonly string[]): Promise<void> {
  const { link, namespace, address } = machine;
  const fabric = fabricNamespace(world);
  if (
    existsSync(namespacePath(namespace)) &&
    (await linkIsUp(namespace, 'eth0')) &&
    (await linkIsUp(fabric, link))
  ) {
    return;
  }
  await run(['ip', '-n', fabric, 'link', 'delete', link]);
  await freshNamespace(namespace);
  await ip(fabric, [
    `link add ${link} type veth peer name eth0 netns ${namespace}`,
    `link set ${link} master bridge`,
    `link set ${link} up`,
  ]);
  await ip(namespace, ['link set lo up', `addr add ${address}/24 dev eth0`, 'link set eth0 up', ...routes]);
  await must([
    ...inNetwork(namespace),
    ...(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=1'] as const),
  ]);
}

/** nsenter, not `ip netns exec`: the latter mounts another /sys, which hides the cgroups from a kubelet. */
export function inNetwork(namespace: string): [string, ...string[]] {
  return ['nsenter', `--net=${namespacePath(namespace)}`, '--'];
}

/** A default route by this machine, which forwards nothing, and the other nodes' pods by their nodes. */
function nodeRoutes(world: World, cluster: ClusterPlan, node: NodePlan): string[] {
  return [
    `route add default via ${hostAddress(world.subnet, 1)}`,
    ...cluster.nodes
      .filter((other) => other !== node)
      .map((other) => `route add ${other.podCidr} via ${other.address}`),
  ];
}

async function freshNamespace(namespace: string): Promise<void> {
  if (existsSync(namespacePath(namespace))) await must(['ip', 'netns', 'delete', namespace]);
  await must(['ip', 'netns', 'add', namespace]);
}

async function linkIsUp(namespace: string | undefined, link: string): Promise<boolean> {
  const within = namespace === undefined ? [] : ['-n', namespace];
  const { code, stdout } = await run(['ip', ...within, '-o', 'link', 'show', 'dev', link, 'up']);
  return code === 0 && stdout !== '';
}

async function ip(namespace: string | undefined, lines: readonly string[]): Promise<void> {
  const within = namespace === undefined ? [] : ['-n', namespace];
  await must(['ip', ...within, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** The inode number by which the kernel knows a network namespace; undefined when there is none of this name. */
export function namespaceInode(namespace: string): number | undefined {
  return statSync(namespacePath(namespace), { throwIfNoEntry: false })?.ino;
}
