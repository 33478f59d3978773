import { namespaces, pods, secrets } from '#core/api/kubernetes.ts';
import { foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import { objectKey } from '#core/api/resource.ts';
import { found, foundAll } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';
import { confirm } from '#plugins/cli/confirm.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { until } from '#plugins/cli/until.ts';
import { listWhere } from '#plugins/offload/cluster/list-where.ts';
import { annotations, labels, names, virtualNodeName } from '#plugins/offload/cluster/names.ts';
import { type ClusterApi, type OpenCluster, openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { type Peering, peerings } from '#plugins/offload/cluster/peerings.ts';
import { fateLines, podsElsewhere } from '#plugins/offload/cluster/pods-elsewhere.ts';
import type { UnpeerInput } from './command.ts';

/** `kubectl offload unpeer`. */
export async function unpeer({ flags, args, io }: UnpeerInput): Promise<number> {
  const [name, ...more] = args[0] === 'out-of-band' ? args.slice(1) : args;
  if (name === undefined || more.length > 0)
    throw new CliError('usage', 'kubectl offload unpeer takes the name of one cluster', {
      hint: 'kubectl get foreignclusters lists them',
    });
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  await using cluster = await openCluster(flags, io);
  const { api } = cluster;
  const peering = (await peerings(api)).find(({ clusterID }) => clusterID === name);
  if (peering === undefined) {
    // An invitation that no agent has looked at.
    await api.delete(secrets, `${names.system}/invitation-${name}`);
    io.stderr.write(`not peered with ${name}\n`);
    return exitCodes.ok;
  }
  if (!(await confirm(await planOf(cluster, peering), flags.yes, io))) return exitCodes.error;
  await ask(api, peering, flags.forget ? 'forget' : 'true');
  io.stderr.write(`Peering with "${name}" marked as ending\n`);
  const end = await until(() => look(api, name, flags.forget), {
    what: `the peering with ${name} to end`,
    timeoutMs,
    hint: `kubectl offload status ${name}; kubectl logs -n ${names.system} deploy/${names.agent}. It goes on without this command; if ${name} will not come back: kubectl offload unpeer ${name} --forget`,
    signal: io.signal,
  });
  if (end === 'gone') {
    io.stderr.write(`Successfully unpeered from remote cluster "${name}"\n`);
    if (flags.forget && peering.foreignCluster !== undefined) io.stderr.write(otherAdmin(name));
    return exitCodes.ok;
  }
  io.stderr.write(
    `Departed from "${name}": nothing of it is left here, but it could not be told yet, and is tried again.\n`,
  );
  io.stderr.write(otherAdmin(name));
  io.stderr.write(`If it will not come back: kubectl offload unpeer ${name} --forget\n`);
  return exitCodes.ok;
}

function otherAdmin(name: string): string {
  return `If ${name} still has this cluster as a consumer, its administrator ends that: kubectl offload unpeer <id of this cluster>\n`;
}

async function planOf({ api }: OpenCluster, { clusterID, foreignCluster, tenants: consumers }: Peering) {
  const node = virtualNodeName(clusterID);
  const [onNode, offloadings, twins] = await Promise.all([
    listWhere(api, pods, `spec.nodeName=${node}`),
    foundAll(api.readList(namespaceOffloadings)),
    consumers.length === 0
      ? []
      : foundAll(api.readList(namespaces, { labelSelector: `${labels.remoteClusterID}=${clusterID}` })),
  ]);
  const spread = offloadings
    .filter(({ status }) => status?.remoteNamespacesConditions?.[clusterID] !== undefined)
    .map(({ metadata }) => metadata.namespace);
  const theirs = twins
    .filter(({ metadata }) => metadata.labels?.[labels.tenantOfTwin] !== undefined)
    .map(({ metadata }) => metadata.name);
  return [
    `The peering with ${clusterID} ends:`,
    ...(foreignCluster?.status?.role?.includes('Provider') ? [`  node ${node} goes`] : []),
    ...fateLines(podsElsewhere(onNode, new Set([node]))),
    ...(spread.length > 0 ? [`  namespaces that no longer reach it: ${spread.join(', ')}`] : []),
    ...(consumers.length > 0 ? [`  ${clusterID} no longer uses this cluster`] : []),
    ...(theirs.length > 0 ? [`  its namespaces here go with what came from it: ${theirs.join(', ')}`] : []),
  ];
}

async function ask(api: ClusterApi, peering: Peering, word: 'true' | 'forget'): Promise<void> {
  const patch = { metadata: { annotations: { [annotations.leave]: word } } };
  const { foreignCluster, tenants: consumers } = peering;
  // A ForeignCluster of a consumer alone has nothing to leave: its Tenant is what ends.
  if (foreignCluster !== undefined && isOutgoing(peering))
    await ignoring('notFound', api.patch(foreignClusters, foreignCluster.metadata.name, patch));
  for (const tenant of consumers)
    await ignoring('notFound', api.patch(tenants, objectKey(tenants, tenant.metadata), patch));
}

function isOutgoing({ foreignCluster, tenants: consumers }: Peering): boolean {
  const outgoing = foreignCluster?.status?.outgoingPeering;
  return consumers.length === 0 || (outgoing !== undefined && outgoing !== 'None');
}

async function look(api: ClusterApi, name: string, forget: boolean) {
  const [foreign, consumers] = await Promise.all([
    found(api.get(foreignClusters, name)),
    foundAll<Tenant>(api.readList(tenants)),
  ]);
  const left = consumers.filter(({ spec }) => spec?.clusterID === name);
  if (foreign === undefined && left.length === 0) return { done: 'gone' as const };
  if (foreign?.status?.phase === 'Departed' && left.length === 0 && !forget)
    return { done: 'departed' as const };
  if (left.length > 0)
    return { waiting: `Tenant ${left.map(({ metadata }) => metadata.namespace).join(', ')} is still there` };
  const ready = foreign?.status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    waiting: `ForeignCluster ${name} is still there (${foreign?.status?.phase ?? 'no phase'}: ${ready?.message ?? 'nothing said'})`,
  };
}
