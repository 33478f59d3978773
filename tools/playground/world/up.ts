import { chmodSync, writeFileSync } from 'node:fs';
import type { ControlPlane } from '#tools/playground/cluster/control-plane.ts';
import { renderKubeconfig } from '#tools/playground/cluster/kubeconfig.ts';
import { startCluster } from '#tools/playground/cluster/start-cluster.ts';
import { startEdge } from '#tools/playground/edge/start-edge.ts';
import { baseImages } from '#tools/playground/node/base-images.ts';
import { cachedImage } from '#tools/playground/node/images.ts';
import type { Binaries } from './binaries.ts';
import { clusterFolder, edgeFolder, mergedKubeconfig } from './folders.ts';
import { raiseInotifyLimit } from './inotify.ts';
import { ensureNetwork } from './network.ts';
import type { ClusterPlan, World } from './plan.ts';
import type { Steps } from './steps.ts';

export interface UpOptions {
  readonly world: World;
  /** The instance's folder. */
  readonly folder: string;
  readonly binaries: Binaries;
  readonly env: NodeJS.ProcessEnv;
  readonly steps: Steps;
  readonly signal?: AbortSignal | undefined;
}

/** A cluster that is up. */
export interface RunningCluster extends Pick<ControlPlane, 'kubeconfig'> {
  readonly plan: ClusterPlan;
  readonly folder: string;
}

/**
 * Brings up everything of a world that is below its scenario: network, edge, clusters with nodes Ready and DNS.
 * Each part is made if it is missing, started if it is dead, and left alone if it runs.
 */
export async function bringUp(options: UpOptions): Promise<readonly RunningCluster[]> {
  const { world, folder, steps } = options;
  const images = steps.step('images', async () => {
    const recipes = baseImages(options.binaries);
    return Promise.all(recipes.map((recipe) => cachedImage(recipe, options.env)));
  });
  // Awaited by every node; a failure must not count as unhandled before the first of them does.
  images.catch(() => undefined);
  const raised = raiseInotifyLimit();
  if (raised !== undefined) steps.note(raised);
  await steps.step('network', () => ensureNetwork(world));
  const [, ...clusters] = await Promise.all([
    steps.step('edge: BIND', () => startEdge(edgeFolder(folder), world)),
    ...world.clusters.map(async (cluster): Promise<RunningCluster & ControlPlane> => {
      const its = clusterFolder(folder, cluster);
      const controlPlane = await startCluster({ ...options, cluster, folder: its, images });
      return { ...controlPlane, plan: cluster, folder: its };
    }),
  ]);
  const entries = clusters.map(({ plan, access }) => ({ name: plan.name, ...access }));
  writeFileSync(mergedKubeconfig(folder), renderKubeconfig(entries), { mode: 0o600 });
  chmodSync(mergedKubeconfig(folder), 0o600);
  return clusters;
}
