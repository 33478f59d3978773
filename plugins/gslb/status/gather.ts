import { parseHostList } from '#core/admin/parse.ts';
import { type Gslb, gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import type { Resource } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Context } from '#plugins/cli/contexts.ts';
import { askSidecar } from '#plugins/gslb/cluster/ask-sidecar.ts';
import type { Cluster } from '#plugins/gslb/cluster/kubeconfig.ts';
import { readySidecarPods } from '#plugins/gslb/cluster/sidecar-pods.ts';
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
  // Pods are looked up beside the lists, so that a look at one cluster takes a round trip less.
  const [current, legacy, pods] = await Promise.all([
    list(cluster, gslbs, query, signal),
    list(cluster, legacyGslbs, query, signal),
    readySidecarPods(cluster, signal).catch((error: Error) => error),
  ]);
  const lists = [current, legacy].filter((each) => each !== undefined);
  const refused = lists.flatMap(({ refusal }) => refusal ?? []);
  if (refused[0] !== undefined && refused.length === lists.length) throw refused[0];
  const found = lists.flatMap((each) => each.found);
  return {
    context: context.name,
    gslbs: found,
    missingGroups: [...(current ? [] : [gslbs.group]), ...(legacy ? [] : [legacyGslbs.group])],
    unread: refused.map(({ message }) => message),
    sidecar: found.length === 0 ? { kind: 'notAsked' } : await sidecarFacts(cluster, pods, signal),
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

async function sidecarFacts(
  cluster: Cluster,
  pods: Awaited<ReturnType<typeof readySidecarPods>> | Error,
  signal: AbortSignal,
): Promise<SidecarFacts> {
  if (pods instanceof Error) return unreached(pods);
  try {
    return { kind: 'reached', hosts: await askSidecar(cluster, '/hosts', parseHostList, signal, pods) };
  } catch (error) {
    signal.throwIfAborted();
    return unreached(error as Error);
  }
}

function unreached(error: Error & { readonly hint?: string | undefined }): SidecarFacts {
  return { kind: 'unreached', why: error.message, hint: error.hint };
}
