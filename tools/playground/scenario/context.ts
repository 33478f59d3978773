import { join } from 'node:path';
import type { ImageRecipe } from '#tools/image/build-image.ts';
import { type Kubectl, kubectlFor } from '#tools/playground/cluster/kubectl.ts';
import { cachedImage, type ImageArchive, importImage } from '#tools/playground/node/images.ts';
import type { Binaries } from '#tools/playground/world/binaries.ts';
import { nodeFolder } from '#tools/playground/world/folders.ts';
import type { World } from '#tools/playground/world/plan.ts';
import type { Steps } from '#tools/playground/world/steps.ts';
import type { RunningCluster } from '#tools/playground/world/up.ts';

/** A bare world that is up, as a scenario gets it. */
export interface ScenarioContext {
  readonly world: World;
  /** The instance's folder. */
  readonly folder: string;
  readonly clusters: readonly RunningCluster[];
  readonly binaries: Binaries;
  readonly env: NodeJS.ProcessEnv;
  readonly steps: Steps;
  /** Where tables for the person go. */
  readonly out: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** kubectl for one of the world's clusters. */
export function clusterKubectl({ binaries, signal }: ScenarioContext, cluster: RunningCluster): Kubectl {
  return kubectlFor(binaries.kubectl, cluster.kubeconfig, join(cluster.folder, 'cache'), signal);
}

/** Builds an image, or takes it from the cache, and sees to it that every node of every cluster holds it. */
export async function provideImage(context: ScenarioContext, recipe: ImageRecipe): Promise<ImageArchive> {
  const image = await cachedImage(recipe, context.env);
  await Promise.all(
    context.clusters.flatMap(({ plan, folder }) =>
      plan.nodes.map((node) => importImage(nodeFolder(folder, node), image)),
    ),
  );
  return image;
}
