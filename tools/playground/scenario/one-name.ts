import { join } from 'node:path';
import type { ImageRecipe } from '#tools/image/build-image.ts';
import { applyObjects } from '#tools/playground/cluster/kubectl.ts';
import { run } from '#tools/playground/world/command.ts';
import { distribution } from '#tools/playground/world/environment.ts';
import { mergedKubeconfig } from '#tools/playground/world/folders.ts';
import { liveRequests, renderAnswers } from '#tools/playground/world/live-requests.ts';
import type { NodePlan } from '#tools/playground/world/plan.ts';
import {
  gatherStatus,
  readDelegation,
  renderDelegation,
  renderStatus,
} from '#tools/playground/world/status.ts';
import { clusterKubectl, type ScenarioContext } from './context.ts';
import { eventually } from './eventually.ts';
import { ingressImage, installIngress } from './install-ingress.ts';
import { installProduct, type ProductOptions, productImage } from './install-product.ts';
import { podinfo, podinfoNamespace, tutorialHost } from './podinfo.ts';

const requests = 10;

/** What the scenario's images are made of. Builds programs, and needs no world. */
export async function oneNameImages(signal?: AbortSignal): Promise<OneNameImages> {
  const [product, ingress] = await Promise.all([productImage(signal), ingressImage()]);
  return { product, ingress };
}

interface OneNameImages {
  readonly product: ImageRecipe;
  readonly ingress: ImageRecipe;
}

/**
 * One name over both clusters: ingress, sidecar and podinfo in each. Ends when both delegate at the edge and every
 * node answers for the name with every node's address; then shows status, delegation and live requests.
 */
export async function oneName(
  context: ScenarioContext,
  images: OneNameImages,
  options: ProductOptions,
): Promise<void> {
  const { world, steps, out } = context;
  await Promise.all([
    installIngress(context, images.ingress),
    installProduct(context, images.product, options),
    installPodinfo(context),
  ]);
  const nodes = world.clusters.flatMap((cluster) => cluster.nodes);
  await steps.step('both clusters delegated at the edge', () => delegated(context));
  await steps.step(`every node answers ${tutorialHost} with ${nodes.length} addresses`, () =>
    answered(context, nodes),
  );
  const answers = await steps.step(`${requests} requests for http://${tutorialHost}/`, () =>
    liveRequests(world, context.folder, tutorialHost, requests),
  );
  const hosts = await steps.step('kubectl gslb status', () => pluginStatus(context));
  out(renderStatus(await gatherStatus(world, context.folder)));
  out(`\nkubectl gslb status --all-namespaces --all-contexts\n${hosts}`);
  out(`\n${requests} requests for http://${tutorialHost}/, resolved at ${world.edge.address}:\n`);
  out(renderAnswers(world, answers));
}

async function installPodinfo(context: ScenarioContext): Promise<void> {
  await Promise.all(
    context.clusters.map((cluster) =>
      context.steps.step(`${cluster.plan.name}: podinfo`, async () => {
        const kubectl = clusterKubectl(context, cluster);
        await applyObjects(kubectl, podinfo());
        const name = `--namespace=${podinfoNamespace}`;
        await kubectl(['rollout', 'status', name, 'deployment/podinfo', '--timeout=60s']);
      }),
    ),
  );
}

/** Waits for the NS record of every cluster in BIND's referral. */
export async function delegated({ world, signal }: ScenarioContext): Promise<void> {
  await eventually(signal, async () => {
    const lines = await readDelegation(world);
    const missing = world.clusters.filter(
      ({ geotag }) => lines?.some((line) => line.includes(` IN NS gslb-ns-${geotag}-`)) !== true,
    );
    const names = missing.map(({ name }) => name).join(', ');
    return missing.length === 0 ? undefined : `no delegation of ${names}:\n${renderDelegation(world, lines)}`;
  });
}

/**
 * Asks the sidecars themselves, not BIND: an answer of too few addresses would stay in its cache for the TTL, and in
 * everybody's.
 */
export async function answered({ signal }: ScenarioContext, nodes: readonly NodePlan[]): Promise<void> {
  const wanted = nodes.map(({ address }) => address).sort();
  await Promise.all(
    nodes.map((node) =>
      eventually(signal, async () => {
        const server = `@${node.address}`;
        const { stdout } = await run(['dig', server, '+short', '+time=1', '+tries=1', tutorialHost, 'A']);
        const got = stdout.trim().split('\n').sort();
        return got.join() === wanted.join()
          ? undefined
          : `${node.name} answers ${got.join(', ') || 'nothing'}`;
      }),
    ),
  );
}

/** What the plugin says of both clusters, once it calls every host healthy. */
export async function pluginStatus({ folder, signal }: ScenarioContext): Promise<string> {
  const plugin = join(distribution, 'kubectl-gslb');
  const flags = ['--all-namespaces', '--all-contexts', '--kubeconfig', mergedKubeconfig(folder)];
  let table = '';
  await eventually(signal, async () => {
    const { code, stdout, stderr } = await run([plugin, 'status', ...flags]);
    table = stdout;
    return code === 0 ? undefined : `kubectl gslb status exits ${code}:\n${stdout}${stderr}`;
  });
  return table;
}
