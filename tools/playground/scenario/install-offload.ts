import { dirname, join } from 'node:path';
import { programImage } from '#tools/image/program-image.ts';
import { must } from '#tools/playground/world/command.ts';
import { distribution } from '#tools/playground/world/environment.ts';
import { apiPort, controlPlaneNode } from '#tools/playground/world/plan.ts';
import type { RunningCluster } from '#tools/playground/world/up.ts';
import { provideImage, type ScenarioContext } from './context.ts';

/** Runs a command as a person with this cluster's kubeconfig and our plugins on the PATH; it must succeed. */
export function inClusterShell(
  { binaries, signal, env }: ScenarioContext,
  cluster: RunningCluster,
): (argv: readonly [string, ...string[]], input?: string) => Promise<string> {
  const variables = {
    KUBECONFIG: cluster.kubeconfig,
    KUBECACHEDIR: join(cluster.folder, 'cache'),
    PATH: [distribution, dirname(binaries.kubectl), env['PATH'] ?? ''].join(':'),
  };
  return (argv, input) => must(argv, { env: variables, signal, ...(input === undefined ? {} : { input }) });
}

/**
 * Installs agent and gateway in every cluster by the plugin. A cluster's id is its name.
 * @param clusterLabels by cluster name: `k=v,k=v`
 */
export async function installOffload(
  context: ScenarioContext,
  clusterLabels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const recipe = programImage(join(distribution, 'offload-agent'));
  await context.steps.step('offload image', () => provideImage(context, recipe));
  await Promise.all(
    context.clusters.map((cluster) =>
      context.steps.step(`${cluster.plan.name}: kubectl offload install`, async () => {
        const { name } = cluster.plan;
        const labels = clusterLabels[name];
        const server = `https://${controlPlaneNode(cluster.plan).address}:${apiPort}`;
        await inClusterShell(
          context,
          cluster,
        )([
          ...(['kubectl', 'offload', 'install', `--cluster-id=${name}`] as const),
          ...[`--api-server-url=${server}`, `--image=${recipe.reference}`],
          ...(labels === undefined ? [] : [`--cluster-labels=${labels}`]),
        ]);
      }),
    ),
  );
}

/** Peers two clusters as two people would: one prints the command, the other pastes it. */
export async function peer(
  context: ScenarioContext,
  consumer: RunningCluster,
  provider: RunningCluster,
  allowedNamespaces: readonly string[],
): Promise<void> {
  await context.steps.step(`${consumer.plan.name}: peers with ${provider.plan.name}`, async () => {
    const command = await inClusterShell(
      context,
      provider,
    )([
      ...(['kubectl', 'offload', 'generate', 'peer-command', '--only-command'] as const),
      ...allowedNamespaces.map((name) => `--allow-namespace=${name}`),
    ]);
    await inClusterShell(context, consumer)(['bash'], command);
  });
}
