import { applyObjects } from '#tools/playground/cluster/kubectl.ts';
import { gatherStatus, renderStatus } from '#tools/playground/world/status.ts';
import type { RunningCluster } from '#tools/playground/world/up.ts';
import { clusterKubectl, provideImage, type ScenarioContext } from './context.ts';
import { eventually } from './eventually.ts';
import { consumerPod, flightsRecipe, flightsService } from './flights-service.ts';
import { inClusterShell, installOffload, peer } from './install-offload.ts';

export const demoNamespace = 'liqo-demo';

/**
 * Liqo's tutorial *Offloading a Service*: flights-service runs in London only, and a pod in New York gets the schedule
 * from the Service of the same name there. Throws NOT_READY unless every output that the tutorial shows is there.
 */
export async function serviceOffloading(context: ScenarioContext): Promise<void> {
  const { world, steps, out, signal } = context;
  const [london, newyork] = context.clusters as [RunningCluster, RunningCluster];
  await Promise.all([
    installOffload(context),
    steps.step('flights-service image', () => provideImage(context, flightsRecipe(context.binaries.busybox))),
  ]);
  await peer(context, london, newyork, [demoNamespace]);
  const shell = inClusterShell(context, london);
  const here = clusterKubectl(context, london);
  const there = clusterKubectl(context, newyork);
  await steps.step(`${london.plan.name}: kubectl offload namespace ${demoNamespace}`, async () => {
    await applyObjects(here, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: demoNamespace } }]);
    const words = ['kubectl', 'offload', 'namespace', demoNamespace] as const;
    await shell([
      ...words,
      '--namespace-mapping-strategy=EnforceSameName',
      '--pod-offloading-strategy=Local',
    ]);
  });
  await steps.step(`${london.plan.name}: flights-service`, async () => {
    await applyObjects(here, flightsService(demoNamespace));
    const where = `--namespace=${demoNamespace}`;
    await here(['rollout', 'status', where, 'deployment/flights-service', '--timeout=60s']);
  });
  for (const [cluster, kubectl] of [
    [london, here],
    [newyork, there],
  ] as const) {
    await steps.step(`${cluster.plan.name}: a consumer pod gets the schedule`, async () => {
      await applyObjects(kubectl, [consumerPod(demoNamespace)]);
      await eventually(signal, async () => {
        const logs = await kubectl([
          ...['logs', `--namespace=${demoNamespace}`, 'consumer', '--tail=1', '--ignore-errors'],
        ]).catch((error: Error) => error.message);
        return logs.includes('IS 101') ? undefined : `the consumer says: ${logs.trim() || 'nothing'}`;
      });
    });
  }
  out(renderStatus(await gatherStatus(world, context.folder)));
  for (const [cluster, kubectl] of [
    [london, here],
    [newyork, there],
  ] as const) {
    const words = ['get', 'services,pods', `--namespace=${demoNamespace}`];
    out(`\n${cluster.plan.name}$ kubectl ${words.join(' ')}\n${await kubectl(words)}`);
  }
}
