import { join } from 'node:path';
import type { ClusterPlan } from './plan.ts';

/** The folder of one cluster. */
export function clusterFolder(instanceFolder: string, cluster: ClusterPlan): string {
  return join(instanceFolder, cluster.name);
}

export function edgeFolder(instanceFolder: string): string {
  return join(instanceFolder, 'edge');
}

/** The kubeconfig with a context per cluster. */
export function mergedKubeconfig(instanceFolder: string): string {
  return join(instanceFolder, 'kubeconfig');
}
