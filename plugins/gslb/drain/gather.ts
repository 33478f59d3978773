import { parseHostList } from '#core/admin/parse.ts';
import type { HostList } from '#core/admin/schema.ts';
import { type GslbCluster, gslbClusters } from '#core/api/gslb-cluster/schema.ts';
import { type GslbPolicy, gslbPolicies } from '#core/api/gslb-policy/schema.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Context } from '#plugins/cli/contexts.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { askSidecar } from '#plugins/gslb/cluster/ask-sidecar.ts';
import type { Cluster } from '#plugins/gslb/cluster/kubeconfig.ts';

/** What one cluster knows before anything is written to it. */
export interface Before {
  readonly context: Context;
  /** The object to write to. */
  readonly object: GslbCluster;
  /** All members as it knows them, by geotag. */
  readonly members: readonly string[];
  readonly policies: readonly GslbPolicy[];
  /** What its sidecar answers, or why that is not known. */
  readonly hosts: HostList | { readonly why: string };
}

/** Asks one cluster about a member of the fleet. Rejects when it cannot be drained there, with the remedy. */
export async function gather(
  cluster: Cluster,
  context: Context,
  name: string,
  signal: AbortSignal,
): Promise<Before> {
  const [objects, policies, hosts] = await Promise.all([
    cluster.list(gslbClusters, {}, signal).catch(withoutKind),
    // Rules are said before, and kept by the sidecars whether they could be read here or not.
    cluster.list(gslbPolicies, {}, signal).catch(() => {
      signal.throwIfAborted();
      return [];
    }),
    askSidecar(cluster, '/hosts', parseHostList, signal).catch((error: Error) => ({ why: error.message })),
  ]);
  const members = objects.map(({ metadata }) => metadata.name).sort();
  const object = objects.find(({ metadata }) => metadata.name === name);
  if (object === undefined)
    throw new CliError('notFound', `no GslbCluster ${name}`, {
      hint:
        members.length === 0
          ? 'its gslb-sidecar makes one for each member of the fleet: kubectl get pods -n gslb-system'
          : `the members known there are ${members.join(', ')}`,
    });
  return { context, object, members, policies, hosts };
}

function withoutKind(error: unknown): never {
  if (!(error instanceof SourceError) || error.code !== 'notFound') throw error;
  throw new CliError('cluster', 'it has no GslbClusters: no CRD gslbclusters.interspan.dev', {
    hint: 'kubectl apply -k manifests/gslb of the Interspan repository installs it',
    cause: error,
  });
}
