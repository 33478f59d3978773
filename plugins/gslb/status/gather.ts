import { parseHostList, parsePeerList } from '#core/admin/parse.ts';
import { type Gslb, gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import type { Resource } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Cluster, Context } from '#plugins/gslb/cluster/kubeconfig.ts';
import { adminPort, readySidecarPods } from '#plugins/gslb/cluster/sidecar-pods.ts';
import type { ClusterFacts, FoundGslb, SidecarFacts } from './facts.ts';

export interface Query {
  /** Undefined: all. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
}

/**
 * Asks one cluster for its Gslbs and, where there are any, one of its sidecars for what it answers. Rejects when the
 * API server cannot be asked; a sidecar that cannot be reached is a fact.
 */
export async function gather(
  cluster: Cluster,
  context: Context,
  query: Query,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const lists = await Promise.all(
    [gslbs, legacyGslbs].map((resource) => found(cluster, resource, query, signal)),
  );
  const all = lists.flatMap((list) => list ?? []);
  const missing = [gslbs, legacyGslbs].filter((_, index) => lists[index] === undefined);
  return {
    context: context.name,
    gslbs: all,
    missingGroups: missing.map(({ group }) => group),
    sidecar: all.length === 0 ? { kind: 'notAsked' } : await askSidecar(cluster, signal),
  };
}

/** Undefined where the CRD is not installed. */
async function found(
  cluster: Cluster,
  resource: Resource<Gslb>,
  { namespace, labelSelector }: Query,
  signal: AbortSignal,
): Promise<readonly FoundGslb[] | undefined> {
  try {
    const objects = await cluster.list(
      resource,
      {
        ...(namespace !== undefined && { namespace }),
        ...(labelSelector !== undefined && { labelSelector }),
      },
      signal,
    );
    return objects.map((object) => ({ group: resource.group as FoundGslb['group'], object }));
  } catch (error) {
    if (error instanceof SourceError && error.code === 'notFound') return undefined;
    throw error;
  }
}

/** Replicas know the same; a second one is asked when the first does not answer. */
async function askSidecar(cluster: Cluster, signal: AbortSignal): Promise<SidecarFacts> {
  let failure: unknown;
  try {
    const pods = await readySidecarPods(cluster, signal);
    for (const pod of pods.slice(0, 2)) {
      try {
        const [hosts, peers] = await Promise.all([
          cluster.getFromPod(pod, adminPort, '/hosts', signal),
          cluster.getFromPod(pod, adminPort, '/peers', signal),
        ]);
        return { kind: 'reached', hosts: parseHostList(hosts), peers: parsePeerList(peers) };
      } catch (error) {
        failure ??= error;
      }
      signal.throwIfAborted();
    }
  } catch (error) {
    signal.throwIfAborted();
    failure = error;
  }
  const { message, hint } = failure as Error & { readonly hint?: string };
  return { kind: 'unreached', why: message, hint };
}
