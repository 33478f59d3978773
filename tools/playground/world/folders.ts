import { join } from 'node:path';
import type { ClusterPlan, NodePlan } from './plan.ts';

/** The folder of one cluster: its geotag, for sockets below it have short paths only (sun_path). */
export function clusterFolder(instanceFolder: string, cluster: ClusterPlan): string {
  return join(instanceFolder, cluster.geotag);
}

/** The folder of one of its nodes; short for the same reason. */
export function nodeFolder(clusterFolder: string, node: NodePlan): string {
  return join(clusterFolder, `node-${node.number}`);
}

export function edgeFolder(instanceFolder: string): string {
  return join(instanceFolder, 'edge');
}

/** The kubeconfig with a context per cluster. */
export function mergedKubeconfig(instanceFolder: string): string {
  return join(instanceFolder, 'kubeconfig');
}
