import { type KubeObject, namespaces, nodes, type Resource } from '#core/api/kubernetes.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import { objectKey } from '#core/api/resource.ts';
import { found, foundAll } from '#core/source/found.ts';
import { confirm } from '#plugins/cli/confirm.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { until } from '#plugins/cli/until.ts';
import { leases, manifestKinds, signingRequests } from '#plugins/offload/cluster/kinds.ts';
import { labels, names, product } from '#plugins/offload/cluster/names.ts';
import { type ClusterApi, openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { stepObjects } from '#plugins/offload/install/manifests.ts';
import { refuseInUse } from './blockers.ts';
import type { UninstallInput } from './command.ts';
import { cleansing, isOfAgent, isVirtual, type LeftoverNode, type LeftoverRequest } from './leftovers.ts';

/** An object to delete. */
interface Doomed {
  readonly resource: Resource;
  readonly key: string;
}

/**
 * `kubectl offload uninstall`. In reverse of install: first nothing steers pods any longer, so that new ones can be
 * made at every step.
 */
export async function uninstall({ flags, io }: UninstallInput): Promise<number> {
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  const deadline = performance.now() + timeoutMs;
  await using cluster = await openCluster(flags, io);
  const { api } = cluster;
  await refuseInUse(api, timeoutMs, io);
  const plan = [
    `Offloading is removed from ${cluster.name} (context ${cluster.context}): policies, agent, gateway, roles, guards and namespace ${names.system}`,
    flags.purge ? '  with its CRDs and what of it is on nodes' : '  the CRDs stay (--purge removes them)',
  ];
  if (!(await confirm(plan, flags.yes, io))) return exitCodes.error;
  io.stderr.write('Pre-uninstall checks passed\n');

  const remove = async (doomed: readonly Doomed[], said: string): Promise<void> => {
    const ours = await stillOurs(api, doomed);
    for (const { resource, key } of ours) await api.delete(resource, key);
    await gone(api, ours, Math.max(1000, deadline - performance.now()), io.signal);
    if (ours.length > 0) io.stderr.write(`${said}\n`);
  };
  await unsteer(api);
  // The binding goes before its policy.
  await remove(ofStep('scheduling').toReversed(), 'Scheduling policy removed');
  // Invitations that nobody redeemed.
  await remove(await openInvitations(api), 'Open invitations removed');
  await deletePastPeerings(api);
  const workloads = [...ofStep('gateway.yaml'), ...ofStep('agent.yaml')];
  await remove(workloads, 'Agent and gateway removed');
  await remove([...ofStep('config.yaml'), ...ofStep('rbac.yaml').toReversed()], 'Roles removed');
  await remove(ofStep('guards').toReversed(), 'Guards removed');
  if (flags.purge) await purgeLeftovers(api, deadline, io.signal);
  await remove(ofStep('namespace.yaml'), `Namespace ${names.system} removed`);
  if (flags.purge) await remove(ofStep('crds'), 'CRDs purged');
  io.stderr.write('Uninstalled\n');
  return exitCodes.ok;
}

function ofStep(step: Parameters<typeof stepObjects>[0]): Doomed[] {
  return stepObjects(step).flatMap((object) => {
    const resource = manifestKinds.get(object.kind);
    return resource === undefined ? [] : [{ resource, key: objectKey(resource, object.metadata) }];
  });
}

/** Those that are there and carry our label: somebody else may have made one of the name. */
async function stillOurs(api: ClusterApi, doomed: readonly Doomed[]): Promise<readonly Doomed[]> {
  const there = await Promise.all(
    doomed.map(async (each) => {
      const object = await found(api.get(each.resource, each.key));
      const its = object?.metadata.labels;
      return its?.[labels.partOf] === product || its?.[labels.tenantNamespace] === 'true' ? [each] : [];
    }),
  );
  return there.flat();
}

async function unsteer(api: ClusterApi): Promise<void> {
  const steered = await api.readList(namespaces, { labelSelector: labels.schedulingEnabled });
  for (const { metadata } of steered)
    await api.patch(namespaces, metadata.name, {
      metadata: { labels: { [labels.schedulingEnabled]: null, [labels.strategy]: null } },
    });
}

async function openInvitations(api: ClusterApi): Promise<readonly Doomed[]> {
  const open = (await foundAll(api.readList(tenants))).filter(
    ({ metadata, spec }) => metadata.name === names.peering && spec?.clusterID === undefined,
  );
  return open.map(({ metadata }) => ({ resource: namespaces, key: metadata.namespace ?? '' }));
}

/** The agent keeps the namespace of a peering that has ended for half a minute. They go meanwhile: nobody waits. */
async function deletePastPeerings(api: ClusterApi): Promise<void> {
  const past = await api.readList(namespaces, {
    labelSelector: `${labels.tenantNamespace}=true,${labels.manager}=${product}`,
  });
  for (const { metadata } of past) await api.delete(namespaces, metadata.name);
}

/** Nodes, labels, taints, leases, requests for certificates and namespaces of peerings that an agent left behind. */
async function purgeLeftovers(api: ClusterApi, deadline: number, signal: AbortSignal): Promise<void> {
  const [all, requests, peered]: [
    readonly LeftoverNode[],
    readonly LeftoverRequest[],
    readonly KubeObject[],
  ] = await Promise.all([
    api.readList(nodes),
    api.readList(signingRequests),
    api.readList(namespaces, { labelSelector: `${labels.tenantNamespace}=true` }),
  ]);
  const virtual = all.filter(isVirtual);
  const doomed: Doomed[] = [
    ...virtual.flatMap(({ metadata }) => [
      { resource: nodes, key: metadata.name },
      { resource: leases, key: `kube-node-lease/${metadata.name}` },
    ]),
    ...requests.filter(isOfAgent).map(({ metadata }) => ({ resource: signingRequests, key: metadata.name })),
    ...peered
      .filter(({ metadata }) => metadata.name.startsWith('liqo-tenant-'))
      .map(({ metadata }) => ({ resource: namespaces, key: metadata.name })),
  ];
  for (const { resource, key } of doomed) await api.delete(resource, key);
  for (const node of all) {
    const patch = virtual.includes(node) ? undefined : cleansing(node);
    if (patch !== undefined) await api.patch(nodes, node.metadata.name, patch);
  }
  await gone(api, doomed, Math.max(1000, deadline - performance.now()), signal);
}

async function gone(
  api: ClusterApi,
  doomed: readonly Doomed[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  let left = doomed;
  await until(
    async () => {
      for (const each of left) {
        const object: KubeObject | undefined = await found(api.get(each.resource, each.key));
        if (object !== undefined) return { waiting: stillThere(each, object) };
        left = left.filter((other) => other !== each);
      }
      return { done: undefined };
    },
    {
      what: 'everything to be gone',
      timeoutMs,
      hint: 'mend what holds it, then run kubectl offload uninstall again: it goes on where it stopped',
      signal,
      everyMs: 100,
    },
  );
}

function stillThere({ resource, key }: Doomed, object: KubeObject): string {
  const { finalizers = [] } = object.metadata;
  const conditions = (object as { status?: { conditions?: readonly { type: string; message?: string }[] } })
    .status?.conditions;
  // A namespace says what is still in it, a CRD which objects it waits for.
  const why = conditions
    ?.filter(({ type }) => /Remaining|Failure|Terminating/.test(type))
    .map(({ message }) => message)
    .filter(Boolean)
    .join('; ');
  const held = finalizers.length > 0 ? ` (finalizers ${finalizers.join(', ')})` : '';
  return `${resource.kind} ${key} is still there${held}${why ? `: ${why}` : ''}`;
}
