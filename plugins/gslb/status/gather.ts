import { parseHostList } from '#core/admin/parse.ts';
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
  const [current, legacy] = await Promise.all(
    ([gslbs, legacyGslbs] as const).map((resource) => list(cluster, resource, query, signal)),
  );
  const lists = [current, legacy].filter((each) => each !== undefined);
  const refused = lists.flatMap(({ refusal }) => refusal ?? []);
  if (refused[0] !== undefined && refused.length === lists.length) throw refused[0];
  const found = lists.flatMap((each) => each.found);
  return {
    context: context.name,
    gslbs: found,
    missingGroups: [...(current ? [] : [gslbs.group]), ...(legacy ? [] : [legacyGslbs.group])],
    unread: refused.map(({ message }) => message),
    sidecar: found.length === 0 ? { kind: 'notAsked' } : await askSidecar(cluster, signal),
  };
}

interface Listed {
  readonly found: readonly FoundGslb[];
  /** Who asks may not list them. */
  readonly refusal?: SourceError;
}

/** Undefined where the CRD is not installed. */
async function list(
  cluster: Cluster,
  resource: Resource<Gslb>,
  { namespace, labelSelector }: Query,
  signal: AbortSignal,
): Promise<Listed | undefined> {
  try {
    const objects = await cluster.list(
      resource,
      {
        ...(namespace !== undefined && { namespace }),
        ...(labelSelector !== undefined && { labelSelector }),
      },
      signal,
    );
    return { found: objects.map((object) => ({ group: resource.group as FoundGslb['group'], object })) };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.code === 'notFound') return undefined;
    if (error.code !== 'forbidden') throw error;
    // An API server says this before it looks whether there is such a resource at all.
    return (await cluster.serves(resource, signal)) ? { found: [], refusal: error } : undefined;
  }
}

/** Replicas know the same; a second one is asked when the first does not answer. */
async function askSidecar(cluster: Cluster, signal: AbortSignal): Promise<SidecarFacts> {
  let failure: unknown;
  try {
    const pods = await readySidecarPods(cluster, signal);
    for (const pod of pods.slice(0, 2)) {
      try {
        const hosts = await cluster.getFromPod(pod, adminPort, '/hosts', signal);
        return { kind: 'reached', hosts: parseHostList(hosts) };
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
