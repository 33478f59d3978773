import { nodes } from '#core/api/kubernetes.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { found, foundAll } from '#core/source/found.ts';
import { deployments } from '#plugins/offload/cluster/kinds.ts';
import { labels, names } from '#plugins/offload/cluster/names.ts';
import type { OpenCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { peerings } from '#plugins/offload/cluster/peerings.ts';
import { installedConfig } from '#plugins/offload/cluster/this-cluster.ts';
import type { OffloadFacts } from './facts.ts';

/** Asks the cluster. @throws CliError where offloading is not installed */
export async function gather(cluster: OpenCluster): Promise<OffloadFacts> {
  const { api, context } = cluster;
  const config = await installedConfig(cluster);
  const [agent, gateway, peers, virtualNodes, offloadings] = await Promise.all([
    found(api.get(deployments, `${names.system}/${names.agent}`)),
    found(api.get(deployments, `${names.system}/${names.gateway}`)),
    peerings(api),
    api.readList(nodes, { labelSelector: `${labels.type}=virtual-node` }),
    foundAll(api.readList(namespaceOffloadings)),
  ]);
  return { context, config, agent, gateway, peerings: peers, virtualNodes, offloadings };
}
