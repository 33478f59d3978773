import { namespaces, type Resource } from '#core/api/kubernetes.ts';
import { foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import type { Typed } from '#plugins/cli/complete.ts';
import type { Io } from '#plugins/cli/io.ts';
import { openCluster } from './open-cluster.ts';

/** Ids of peered clusters. */
export const peerNames = (typed: Typed, io: Io): Promise<readonly string[]> =>
  named(typed, io, foreignClusters, ({ name }) => name);

/** Names of all namespaces. */
export const namespaceNames = (typed: Typed, io: Io): Promise<readonly string[]> =>
  named(typed, io, namespaces, ({ name }) => name);

/** Names of the namespaces that are offloaded. */
export const offloadedNames = (typed: Typed, io: Io): Promise<readonly string[]> =>
  named(typed, io, namespaceOffloadings, ({ namespace }) => namespace);

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
}

/** What the cluster of the command line has of a kind, without what stands in the command line already. */
async function named(
  { args, flags }: Typed,
  io: Io,
  resource: Resource,
  nameOf: (metadata: Metadata) => string | undefined,
): Promise<readonly string[]> {
  await using cluster = await openCluster(
    { kubeconfig: flags['kubeconfig']?.at(-1), context: flags['context'] ?? [], 'request-timeout': '1s' },
    io,
  );
  const objects = await cluster.api.readList(resource);
  return objects.flatMap(({ metadata }) => nameOf(metadata) ?? []).filter((name) => !args.includes(name));
}
