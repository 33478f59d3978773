import { join } from 'node:path';
import { endWorkloads } from '#tools/playground/node/start-node.ts';
import { instanceCgroup, processesInCgroup } from './cgroups.ts';
import { DetachedProcesses } from './detached-processes.ts';
import { clusterFolder, edgeFolder, nodeFolder } from './folders.ts';
import { setCable, setPath } from './network.ts';
import type { ClusterPlan, NodePlan, World } from './plan.ts';
import { killAll, markedProcesses, type ProcessIdentity } from './process-identity.ts';

/** Where a world is, for those who harm it on purpose. What they do `up` mends, but for freeze, which thaw undoes. */
export interface Place {
  readonly world: World;
  /** The instance's folder. */
  readonly folder: string;
}

/** Cuts a node's power: every process on it ends at once, and its packets vanish until it is plugged in and started. */
export async function powerOff(place: Place, node: NodePlan): Promise<void> {
  const { cluster, processes, folder } = partsOf(place, node);
  await unplug(place, node);
  if (node.controlPlane)
    await killAll(markedProcesses(join(clusterFolder(place.folder, cluster), 'processes/')));
  await endWorkloads({ folder, cgroup: cgroupOf(place, node) }, processes);
  await processes.stop('machine');
}

/** Takes a node's cable out; its processes run on. */
export function unplug({ world }: Place, node: NodePlan): Promise<void> {
  return setCable(world, node, 'down');
}

export function plugIn({ world }: Place, node: NodePlan): Promise<void> {
  return setCable(world, node, 'up');
}

/** Loses every packet between the nodes of two clusters, or lets them pass again; clients and edge reach both. */
export async function setLink(
  one: ClusterPlan,
  other: ClusterPlan,
  state: 'open' | 'severed',
): Promise<void> {
  await Promise.all([
    ...one.nodes.map((node) => setPath(node, other.nodes, state)),
    ...other.nodes.map((node) => setPath(node, one.nodes, state)),
  ]);
}

/** Stops every process of a node, pods included, where it stands (SIGSTOP): its addresses are there and say nothing. */
export function freeze(place: Place, node: NodePlan): void {
  signalNode(place, node, 'SIGSTOP');
}

export function thaw(place: Place, node: NodePlan): void {
  signalNode(place, node, 'SIGCONT');
}

/** Kills one daemon of a cluster's control plane. */
export function killControlPlane(
  { folder }: Place,
  cluster: ClusterPlan,
  daemon: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler',
): Promise<void> {
  return new DetachedProcesses(join(clusterFolder(folder, cluster), 'processes')).stop(daemon);
}

/** Kills BIND. */
export function killEdge({ folder }: Place): Promise<void> {
  return new DetachedProcesses(join(edgeFolder(folder), 'processes')).stop('named');
}

function signalNode(place: Place, node: NodePlan, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const marked = markedProcesses(join(partsOf(place, node).folder, 'processes/'));
  const all: readonly ProcessIdentity[] = [...marked, ...processesInCgroup(cgroupOf(place, node))];
  for (const pid of new Set(all.map((identity) => identity.pid))) process.kill(pid, signal);
}

function cgroupOf({ world }: Place, node: NodePlan): string {
  return `${instanceCgroup(world.instance)}/${node.name}`;
}

function partsOf(
  { world, folder }: Place,
  node: NodePlan,
): { cluster: ClusterPlan; folder: string; processes: DetachedProcesses } {
  const cluster = world.clusters.find(({ nodes }) => nodes.includes(node));
  if (cluster === undefined) throw new Error(`${node.name} is not of this world`);
  const its = nodeFolder(clusterFolder(folder, cluster), node);
  return { cluster, folder: its, processes: new DetachedProcesses(join(its, 'processes')) };
}
