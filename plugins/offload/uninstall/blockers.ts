import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { foundAll } from '#plugins/offload/cluster/found.ts';
import type { ClusterApi } from '#plugins/offload/cluster/open-cluster.ts';
import { peerings } from '#plugins/offload/cluster/peerings.ts';

/** Refuses while something needs the agent, naming it and the commands. @throws CliError `cluster` */
export async function refuseInUse(api: ClusterApi): Promise<void> {
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
  if (error !== undefined) throw error;
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
