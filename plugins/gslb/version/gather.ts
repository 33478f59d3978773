import { parseHealth } from '#core/admin/parse.ts';
import { gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import type { KubeObject, Pod, Resource } from '#core/api/kubernetes.ts';
import { zoneDelegations } from '#core/api/zone-delegation/schema.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from '#core/source/found.ts';
import type { Cluster } from '#plugins/gslb/cluster/kubeconfig.ts';
import { adminPort, isReady, sidecarPods } from '#plugins/gslb/cluster/sidecar-pods.ts';
import type { ClusterVersions } from './facts.ts';

interface CustomResourceDefinition extends KubeObject {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] };
}

const customResourceDefinitions: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** Asks one cluster. Rejects when its API server cannot be reached; what may not be read becomes a warning. */
export async function gatherVersions(
  cluster: Cluster,
  context: string,
  signal: AbortSignal,
): Promise<ClusterVersions> {
  const warnings: string[] = [];
  const permitted = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'forbidden') throw error;
      warnings.push(error.message);
      return undefined;
    }
  };
  const [pods = [], crds] = await Promise.all([
    permitted(sidecarPods(cluster, signal)),
    permitted(installedCrds(cluster, signal)),
  ]);
  const ready = pods.filter(isReady);
  const sidecar = ready[0] === undefined ? undefined : await askVersion(cluster, ready[0], warnings, signal);
  return {
    context,
    pods: { ready: ready.length, total: pods.length, images: imagesOf(pods) },
    ...(sidecar !== undefined && { sidecar }),
    ...(crds !== undefined && { crds }),
    warnings,
  };
}

async function installedCrds(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = await Promise.all(
    [gslbs, legacyGslbs, zoneDelegations].map(async ({ plural, group }) => {
      const name = `${plural}.${group}`;
      const crd = await found(cluster.get(customResourceDefinitions, name, signal));
      const served = crd?.spec.versions.filter((version) => version.served);
      return served === undefined ? [] : [[name, served.map((version) => version.name)] as const];
    }),
  );
  return Object.fromEntries(entries.flat());
}

async function askVersion(
  cluster: Cluster,
  { metadata }: Pod,
  warnings: string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const pod = { namespace: metadata.namespace ?? '', name: metadata.name };
    return parseHealth(await cluster.getFromPod(pod, adminPort, '/health', signal)).version;
  } catch (error) {
    signal.throwIfAborted();
    warnings.push(`the version of the sidecar is unknown: ${(error as Error).message}`);
    return undefined;
  }
}

function imagesOf(pods: readonly Pod[]): readonly string[] {
  const images = pods.flatMap(({ spec }) => spec?.containers?.map(({ image }) => image ?? '') ?? []);
  return [...new Set(images)].sort();
}
