import type { Pod } from '#core/api/kubernetes.ts';
import { applyObjects } from '#tools/playground/cluster/kubectl.ts';
import { podinfoImage } from '#tools/playground/node/base-images.ts';
import { gatherStatus, renderStatus } from '#tools/playground/world/status.ts';
import type { RunningCluster } from '#tools/playground/world/up.ts';
import { clusterKubectl, type ScenarioContext } from './context.ts';
import { eventually } from './eventually.ts';
import { inClusterShell, installOffload, peer } from './install-offload.ts';
import { demoNamespace } from './service-offloading.ts';

const label = 'topology.liqo.io/type';

/**
 * Liqo's tutorial *Replicated Deployments*: two replicas, exactly one in each of two edge clusters, deployed from a
 * third. Throws NOT_READY unless every output that the tutorial shows is there.
 */
export async function replicatedDeployments(context: ScenarioContext): Promise<void> {
  const { world, steps, out } = context;
  const [origin, ...destinations] = context.clusters as [RunningCluster, ...RunningCluster[]];
  await installOffload(context, {
    [origin.plan.name]: `${label}=origin`,
    ...Object.fromEntries(destinations.map(({ plan }) => [plan.name, `${label}=destination`])),
  });
  await Promise.all(destinations.map((provider) => peer(context, origin, provider, [demoNamespace])));
  const shell = inClusterShell(context, origin);
  const kubectl = clusterKubectl(context, origin);
  await steps.step(`${origin.plan.name}: kubectl offload namespace ${demoNamespace}`, async () => {
    await applyObjects(kubectl, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: demoNamespace } }]);
    await shell([
      ...(['kubectl', 'offload', 'namespace', demoNamespace] as const),
      '--namespace-mapping-strategy=EnforceSameName',
      '--pod-offloading-strategy=Remote',
      `--selector=${label}=destination`,
    ]);
  });
  await steps.step(`${origin.plan.name}: liqo-demo-app`, async () => {
    await applyObjects(kubectl, [deployment()]);
    const where = `--namespace=${demoNamespace}`;
    await kubectl(['rollout', 'status', where, 'deployment/liqo-demo-app', '--timeout=60s']);
  });
  await steps.step('exactly one pod runs in each destination', () =>
    Promise.all(destinations.map((provider) => onePod(context, provider))),
  );
  out(renderStatus(await gatherStatus(world, context.folder)));
  for (const words of [
    ['kubectl', 'get', 'foreignclusters'],
    ['kubectl', 'get', 'nodes', `--selector=${label}=destination`],
    ['kubectl', 'get', 'pods', `--namespace=${demoNamespace}`, '-o', 'wide'],
  ] as const) {
    out(`\n${origin.plan.name}$ ${words.join(' ')}\n${await shell([...words])}`);
  }
}

async function onePod(context: ScenarioContext, provider: RunningCluster): Promise<void> {
  const kubectl = clusterKubectl(context, provider);
  await eventually(context.signal, async () => {
    const { items } = JSON.parse(
      await kubectl(['get', 'pods', `--namespace=${demoNamespace}`, '-o', 'json']),
    ) as { items: Pod[] };
    const phases = items.map(({ status }) => status?.phase);
    return phases.join() === 'Running'
      ? undefined
      : `${provider.plan.name} has ${phases.join(', ') || 'no pod'}`;
  });
}

/** The tutorial's deploy.yaml, with podinfo in place of nginx. */
function deployment(): object {
  const labels = { app: 'liqo-demo-app' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'liqo-demo-app', namespace: demoNamespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [
            {
              name: 'app',
              image: podinfoImage,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: 'web', containerPort: 9898 }],
            },
          ],
        },
      },
    },
  };
}
