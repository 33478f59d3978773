import { gslbs } from '#core/api/gslb/schema.ts';
import { gslbClusters } from '#core/api/gslb-cluster/schema.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { chooseContexts } from '#plugins/cli/choose-contexts.ts';
import type { Io } from '#plugins/cli/io.ts';

type Flags = Readonly<Record<string, readonly string[]>>;

/** Hosts of all Gslbs of the first cluster that the command line asks. */
export async function hostNames(flags: Flags, io: Io): Promise<readonly string[]> {
  const objects = await listed(flags, gslbs, io);
  return [...new Set(objects.flatMap(({ status }) => Object.keys(status?.serviceHealth ?? {})))].sort();
}

/** Geotags of the fleet as the first cluster that the command line asks knows them. */
export async function clusterNames(flags: Flags, io: Io): Promise<readonly string[]> {
  const objects = await listed(flags, gslbClusters, io);
  return objects.map(({ metadata }) => metadata.name).sort();
}

async function listed<T extends KubeObject>(
  flags: Flags,
  resource: Resource<T>,
  io: Io,
): Promise<readonly T[]> {
  const { openKubeconfig } = await import('./open-kubeconfig.ts');
  const path = flags['kubeconfig']?.at(-1);
  const kubeconfig = await openKubeconfig({ path, env: io.env, timeoutMs: 1000 });
  const [context] = chooseContexts(kubeconfig, { context: flags['context'] ?? [], 'all-contexts': false });
  if (context === undefined) return [];
  await using cluster = kubeconfig.open(context);
  return await cluster.list(resource, {}, io.signal);
}
