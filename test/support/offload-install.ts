import { join } from 'node:path';
import { programImage } from '#tools/image/program-image.ts';
import { cachedImage, importImage } from '#tools/playground/node/images.ts';
import { productImage } from '#tools/playground/scenario/install-product.ts';
import type { CommandResult } from '#tools/playground/world/command.ts';
import { distribution } from '#tools/playground/world/environment.ts';
import { clusterFolder, nodeFolder } from '#tools/playground/world/folders.ts';
import { apiPort, controlPlaneNode } from '#tools/playground/world/plan.ts';
import type { TestWorld } from './world.ts';

/** Builds the agent of this checkout; every node of a world gets its image. Resolves to the image's name. */
export async function provideOffloadImage(world: TestWorld): Promise<string> {
  await productImage();
  const image = await cachedImage(programImage(join(distribution, 'offload-agent')), process.env);
  await Promise.all(
    world.plan.clusters.flatMap((cluster) =>
      cluster.nodes.map((node) => importImage(nodeFolder(clusterFolder(world.folder, cluster), node), image)),
    ),
  );
  return image.reference;
}

/** `kubectl offload install` as a person would run it. */
export function installOffload(
  world: TestWorld,
  cluster: string,
  clusterID: string,
  image: string,
): Promise<CommandResult> {
  return world.shell(cluster, [
    ...(['kubectl', 'offload', 'install', `--cluster-id=${clusterID}`] as const),
    ...[`--api-server-url=${apiServerURL(world, cluster)}`, `--image=${image}`],
  ]);
}

/** `https://ADDRESS:PORT` as the other clusters reach it. */
export function apiServerURL(world: TestWorld, cluster: string): string {
  const plan = world.plan.clusters.find(({ geotag }) => geotag === cluster);
  if (plan === undefined) throw new Error(`no cluster ${cluster}`);
  return `https://${controlPlaneNode(plan).address}:${apiPort}`;
}
