import { join } from 'node:path';
import type { ClusterPlan } from './plan.ts';

/** The folder of one cluster: its geotag, for sockets below it have short paths only (sun_path). */
export function clusterFolder(instanceFolder: string, cluster: ClusterPlan): string {
  return join(instanceFolder, cluster.geotag);
}

export function edgeFolder(instanceFolder: string): string {
  return join(instanceFolder, 'edge');
}

/** The kubeconfig with a context per cluster. */
export function mergedKubeconfig(instanceFolder: string): string {
  return join(instanceFolder, 'kubeconfig');
}
