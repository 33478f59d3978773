import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress, Pod } from '#core/api/kubernetes.ts';
import type { ImageRecipe } from '#tools/image/build-image.ts';
import { applyObjects } from '#tools/playground/cluster/kubectl.ts';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { liveRequests, renderAnswers } from '#tools/playground/world/live-requests.ts';
import { gatherStatus, renderStatus } from '#tools/playground/world/status.ts';
import type { RunningCluster } from '#tools/playground/world/up.ts';
import { clusterKubectl, type ScenarioContext } from './context.ts';
import { eventually } from './eventually.ts';
import { installIngress } from './install-ingress.ts';
import { inClusterShell, installOffload, peer } from './install-offload.ts';
import { installProduct } from './install-product.ts';
import { answered, delegated, pluginStatus } from './one-name.ts';
import { podinfo, podinfoNamespace, tutorialHost } from './podinfo.ts';

const requests = 10;

/** Pods stay off the node that carries the control plane, as the tutorial has it. */
export const notOnControlPlane = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'DoesNotExist' }] },
    ],
  },
};

/**
 * Liqo's tutorial *Global Ingress*: podinfo is deployed in gslb-eu alone, its namespace offloaded to gslb-us, and one
 * name answers with the nodes of both. Throws NOT_READY unless every output that the tutorial shows is there.
 */
export async function globalIngress(
  context: ScenarioContext,
  images: { readonly product: ImageRecipe; readonly ingress: ImageRecipe },
): Promise<void> {
  const { world, steps, out, signal } = context;
  const [eu, us] = context.clusters as [RunningCluster, RunningCluster];
  await Promise.all([
    installIngress(context, images.ingress),
    installProduct(context, images.product, { legacyApi: false }),
    installOffload(context),
  ]);
  await peer(context, eu, us, [podinfoNamespace]);
  const shell = inClusterShell(context, eu);
  const kubectl = clusterKubectl(context, eu);
  await steps.step(`${eu.plan.name}: kubectl offload namespace ${podinfoNamespace}`, async () => {
    await applyObjects(kubectl, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: podinfoNamespace } },
    ]);
    const words = ['kubectl', 'offload', 'namespace', podinfoNamespace] as const;
    await shell([...words, '--namespace-mapping-strategy=EnforceSameName']);
  });
  await steps.step(`${eu.plan.name}: podinfo`, async () => {
    await applyObjects(kubectl, podinfo(notOnControlPlane));
    const where = `--namespace=${podinfoNamespace}`;
    await kubectl(['rollout', 'status', where, 'deployment/podinfo', '--timeout=60s']);
  });
  await steps.step('one replica runs in each cluster', () => spread(context, eu, us));
  await steps.step('the Ingress has the addresses of each cluster', () =>
    Promise.all(context.clusters.map((cluster) => ingressAddresses(context, cluster))),
  );
  await steps.step('both clusters delegated at the edge', () => delegated(context));
  const nodes = world.clusters.flatMap((cluster) => cluster.nodes);
  await steps.step(`every node answers ${tutorialHost} with ${nodes.length} addresses`, () =>
    answered(context, nodes),
  );
  await steps.step('a Gslb in each cluster has four healthy records', () =>
    Promise.all(
      context.clusters.map((cluster) =>
        healthyRecords(
          context,
          cluster,
          nodes.map(({ address }) => address),
        ),
      ),
    ),
  );
  const answers = await steps.step(
    `requests for http://${tutorialHost}/ reach pods of both clusters`,
    async () => {
      for (let asked = 0; asked < 60; asked += requests) {
        const some = await liveRequests(world, context.folder, tutorialHost, requests);
        if (new Set(some.map(({ pod }) => pod)).size > 1) return some;
      }
      throw new PlaygroundError('NOT_READY', '60 requests were all answered by one pod', {
        hint: 'kubectl get endpointslices -n podinfo shows what each cluster balances over',
      });
    },
  );
  const hosts = await steps.step('kubectl gslb status', () => pluginStatus(context));
  out(renderStatus(await gatherStatus(world, context.folder)));
  for (const words of [
    ['kubectl', 'get', 'foreignclusters'],
    ['kubectl', 'get', 'nodes'],
    ['kubectl', 'get', 'pods', `--namespace=${podinfoNamespace}`, '-o', 'wide'],
  ] as const) {
    out(`\n${eu.plan.name}$ ${words.join(' ')}\n${await shell([...words])}`);
  }
  out(`\nkubectl gslb status --all-namespaces --all-contexts\n${hosts}`);
  out(`\n${answers.length} requests for http://${tutorialHost}/, resolved at ${world.edge.address}:\n`);
  out(renderAnswers(world, answers));
  signal?.throwIfAborted();
}

/** One pod of podinfo on a node of the consumer, one on the node that stands for the provider. */
async function spread(context: ScenarioContext, consumer: RunningCluster, provider: RunningCluster) {
  const kubectl = clusterKubectl(context, consumer);
  const virtual = `liqo-${provider.plan.name}`;
  await eventually(context.signal, async () => {
    const { items } = JSON.parse(
      await kubectl(['get', 'pods', `--namespace=${podinfoNamespace}`, '-o', 'json']),
    ) as { items: Pod[] };
    const nodes = items.map(({ spec }) => spec?.nodeName ?? '(none)').sort();
    return nodes.length === 2 && nodes.filter((node) => node === virtual).length === 1
      ? undefined
      : `the pods of podinfo are on ${nodes.join(', ')}`;
  });
}

async function ingressAddresses(context: ScenarioContext, cluster: RunningCluster): Promise<void> {
  const kubectl = clusterKubectl(context, cluster);
  const wanted = cluster.plan.nodes.map(({ address }) => address).join(',');
  await eventually(context.signal, async () => {
    const text = await kubectl([
      ...['get', 'ingress', `--namespace=${podinfoNamespace}`, 'podinfo', '--ignore-not-found'],
      ...['-o', 'json'],
    ]);
    const ingress = text === '' ? undefined : (JSON.parse(text) as Ingress);
    const found = (ingress?.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip).join(',');
    return found === wanted
      ? undefined
      : `${cluster.plan.name}: the Ingress has ${found || 'no addresses'}, not ${wanted}`;
  });
}

async function healthyRecords(
  context: ScenarioContext,
  cluster: RunningCluster,
  addresses: readonly string[],
): Promise<void> {
  const kubectl = clusterKubectl(context, cluster);
  const wanted = [...addresses].sort().join(', ');
  await eventually(context.signal, async () => {
    const text = await kubectl([
      ...['get', 'gslbs.k8gb.io', `--namespace=${podinfoNamespace}`, 'podinfo', '--ignore-not-found'],
      ...['-o', 'json'],
    ]);
    const gslb = text === '' ? undefined : (JSON.parse(text) as Gslb);
    const found = [...(gslb?.status?.healthyRecords?.[tutorialHost] ?? [])].sort().join(', ');
    return found === wanted
      ? undefined
      : `${cluster.plan.name}: the Gslb has ${found || 'no healthy records'}`;
  });
}
