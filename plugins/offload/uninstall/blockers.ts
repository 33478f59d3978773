import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { foundAll } from '#core/source/found.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { Io } from '#plugins/cli/io.ts';
import { until } from '#plugins/cli/until.ts';
import type { ClusterApi } from '#plugins/offload/cluster/open-cluster.ts';
import { type Peering, peerings } from '#plugins/offload/cluster/peerings.ts';

/** A peering that was left takes some seconds to be cleared away at the provider. */
const endingMs = 20_000;

/**
 * Refuses while something needs the agent, naming it and the commands; what is ending by itself is waited for, 20 s at
 * most. @throws CliError `cluster`, `timedOut`, `interrupted`
 */
export async function refuseInUse(api: ClusterApi, timeoutMs: number, io: Io): Promise<void> {
  let told = false;
  await until<true>(
    async () => {
      const [peers, offloadings] = await Promise.all([
        peerings(api),
        foundAll(api.readList(namespaceOffloadings)),
      ]);
      const error = inUse(
        peers.map(({ clusterID, foreignCluster }) => ({
          clusterID,
          departed: foreignCluster?.status?.phase === 'Departed',
        })),
        offloadings.map(({ metadata }) => metadata.namespace ?? ''),
      );
      if (error === undefined) return { done: true };
      if (offloadings.length > 0 || !peers.every(isEnding)) throw error;
      const names = peers.map(({ clusterID }) => clusterID).join(', ');
      if (!told) io.stderr.write(`Waiting for the end of the peering with ${names}\n`);
      told = true;
      return { waiting: `${names} has left, and is being cleared away` };
    },
    {
      what: 'what is ending by itself',
      timeoutMs: Math.min(timeoutMs, endingMs),
      hint: 'kubectl get foreignclusters; kubectl get tenants --all-namespaces',
      signal: io.signal,
    },
  );
}

/** The other cluster has left as our consumer, and is nothing else to us. */
export function isEnding({ foreignCluster, tenants }: Peering): boolean {
  const outgoing = foreignCluster?.status?.outgoingPeering;
  // One that somebody made by hand has no status, and nothing ends it.
  const known = outgoing !== undefined || tenants.length > 0;
  return (
    known &&
    (outgoing ?? 'None') === 'None' &&
    tenants.every(({ metadata, status }) => {
      const leaving = status?.conditions?.find(({ type }) => type === 'Leaving');
      return metadata.deletionTimestamp !== undefined || leaving?.status === 'True';
    })
  );
}

/** The refusal; undefined when nothing is in use. */
export function inUse(
  peers: readonly { readonly clusterID: string; readonly departed: boolean }[],
  namespaces: readonly string[],
): CliError | undefined {
  if (peers.length === 0 && namespaces.length === 0) return undefined;
  const facts = [
    ...(namespaces.length > 0 ? [`namespaces are offloaded (${namespaces.join(', ')})`] : []),
    ...(peers.length > 0
      ? [`there are peerings (${peers.map(({ clusterID }) => clusterID).join(', ')})`]
      : []),
  ];
  const commands = [
    ...(namespaces.length > 0 ? [`kubectl offload unoffload namespace ${namespaces.join(' ')}`] : []),
    ...peers.map(
      ({ clusterID, departed }) => `kubectl offload unpeer ${clusterID}${departed ? ' --forget' : ''}`,
    ),
  ];
  return new CliError('cluster', `offloading is in use: ${facts.join(' and ')}`, {
    hint: `end that first: ${commands.join('; ')}`,
  });
}
