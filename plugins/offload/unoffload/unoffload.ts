import { configMaps, ingresses, nodes, pods, secrets, services } from '#core/api/kubernetes.ts';
import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { found } from '#core/source/found.ts';
import { confirm } from '#plugins/cli/confirm.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { until } from '#plugins/cli/until.ts';
import { chooseNamespaces } from '#plugins/offload/cluster/choose-namespaces.ts';
import { labels, names } from '#plugins/offload/cluster/names.ts';
import { type ClusterApi, openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { fateLines, podsElsewhere } from '#plugins/offload/cluster/pods-elsewhere.ts';
import type { UnoffloadInput } from './command.ts';

/** `kubectl offload unoffload namespace`. */
export async function unoffload({ flags, args, io }: UnoffloadInput): Promise<number> {
  const [what, ...chosen] = args;
  if (what !== 'namespace' && what !== 'namespaces' && what !== 'ns')
    throw new CliError('usage', 'kubectl offload unoffload takes namespaces', {
      hint: 'kubectl offload unoffload namespace NAME',
    });
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  await using cluster = await openCluster(flags, io);
  const { api } = cluster;
  const offloadings: NamespaceOffloading[] = [];
  for (const { metadata } of await chooseNamespaces(api, chosen, flags['ns-selector'])) {
    const object = await found(api.get(namespaceOffloadings, `${metadata.name}/${names.offloading}`));
    if (object !== undefined) offloadings.push(object);
    else io.stderr.write(`namespace ${metadata.name} is not offloaded\n`);
  }
  if (offloadings.length === 0) return exitCodes.ok;
  const plan = (await Promise.all(offloadings.map((object) => planOf(api, object)))).flat();
  if (!(await confirm(plan, flags.yes, io))) return exitCodes.error;
  for (const { metadata } of offloadings) {
    await api.delete(namespaceOffloadings, `${metadata.namespace}/${metadata.name}`);
    io.stderr.write(`Offloading of namespace "${metadata.namespace}" correctly disabled\n`);
  }
  for (const object of offloadings) await gone(api, object, timeoutMs, io.signal);
  io.stderr.write('Unoffloading completed successfully\n');
  return exitCodes.ok;
}

async function planOf(
  api: ClusterApi,
  { metadata, status }: NamespaceOffloading,
): Promise<readonly string[]> {
  const namespace = metadata.namespace ?? '';
  const virtual = await api.readList(nodes, { labelSelector: `${labels.type}=virtual-node` });
  const [here, ...reflected] = await Promise.all([
    api.readList(pods, { namespace }),
    ...[services, ingresses, configMaps, secrets].map((resource) => api.readList(resource, { namespace })),
  ]);
  const elsewhere = podsElsewhere(here, new Set(virtual.map(({ metadata: { name } }) => name)));
  const twins = Object.entries(status?.remoteNamespacesConditions ?? {})
    .filter(([, conditions]) =>
      conditions.some(({ type, status: word }) => type === 'Ready' && word === 'True'),
    )
    .map(([cluster]) => `${status?.remoteNamespaceName ?? namespace} at ${cluster}`);
  const copies = ['Services', 'Ingresses', 'ConfigMaps', 'Secrets']
    .map((kind, index) => `${reflected[index]?.length ?? 0} ${kind}`)
    .join(', ');
  return [
    `Namespace ${namespace} comes back to this cluster:`,
    ...fateLines(elsewhere),
    ...(twins.length > 0
      ? [
          `  twin namespaces that go: ${twins.join(', ')}`,
          `  with the copies in them of what is here (up to ${copies}); these stay here, as does what others made there`,
        ]
      : []),
  ];
}

async function gone(
  api: ClusterApi,
  { metadata }: NamespaceOffloading,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  await until(
    async () => {
      const object = await found(api.get(namespaceOffloadings, `${metadata.namespace}/${metadata.name}`));
      // A later one of the name is somebody else's wish.
      if (object === undefined || object.metadata.uid !== metadata.uid) return { done: undefined };
      const left = Object.entries(object.status?.remoteNamespacesConditions ?? {}).map(
        ([cluster, conditions]) => {
          const last = conditions.find(({ status }) => status !== 'True');
          return `${cluster} still has its twin (${last?.reason ?? 'Terminating'}: ${last?.message ?? 'it is being cleared away'})`;
        },
      );
      return { waiting: left.join('; ') || 'the agent has not finished; does offload-agent run?' };
    },
    {
      what: `offloading of namespace ${metadata.namespace} to end`,
      timeoutMs,
      hint: `kubectl get namespaceoffloadings -n ${metadata.namespace} -o yaml; it goes on without this command; with a provider that will not come back: kubectl offload unpeer NAME --forget`,
      signal,
    },
  );
}
