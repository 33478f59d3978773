import { found } from '#core/source/found.ts';
import { CliError } from '#plugins/cli/errors.ts';
import {
  customResourceDefinitions,
  deployments,
  mutatingAdmissionPolicies,
} from '#plugins/offload/cluster/kinds.ts';
import { listWhere } from '#plugins/offload/cluster/list-where.ts';
import { labels, product } from '#plugins/offload/cluster/names.ts';
import type { OpenCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { peerings } from '#plugins/offload/cluster/peerings.ts';
import type { ClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';
import { stepObjects } from './manifests.ts';

/** Refuses clusters that offloading cannot, or must not, be installed in. @throws CliError `cluster` */
export async function refuseObstacles(
  cluster: OpenCluster,
  installed: ClusterConfig | undefined,
  wanted: ClusterConfig,
): Promise<void> {
  await Promise.all([
    refuseOldKubernetes(cluster),
    refuseLiqo(cluster),
    refuseOtherID(cluster, installed, wanted),
  ]);
}

async function refuseOldKubernetes({ api, context }: OpenCluster): Promise<void> {
  const { group, version, plural } = mutatingAdmissionPolicies;
  const get = (path: string) => api.request({ method: 'GET', path, intent: { verb: 'get' } });
  const [served, release] = await Promise.all([
    get(`/apis/${group}/${version}`) as Promise<{
      readonly resources?: readonly { readonly name: string }[];
    }>,
    get('/version') as Promise<{ readonly gitVersion?: string }>,
  ]);
  if (served.resources?.some(({ name }) => name === plural)) return;
  throw new CliError(
    'cluster',
    `context ${context} runs Kubernetes ${release.gitVersion ?? 'of an unknown version'}, which has no MutatingAdmissionPolicy ${version}`,
    { hint: 'offloading needs Kubernetes 1.36 or newer: upgrade the cluster' },
  );
}

async function refuseLiqo({ api, context }: OpenCluster): Promise<void> {
  const names = stepObjects('crds').map(({ metadata }) => metadata.name);
  const [crds, controllers] = await Promise.all([
    Promise.all(names.map((name) => found(api.get(customResourceDefinitions, name)))),
    listWhere(api, deployments, 'metadata.name=liqo-controller-manager'),
  ]);
  const foreign = crds.flatMap((crd) =>
    crd === undefined || crd.metadata.labels?.[labels.partOf] === product ? [] : [crd.metadata.name],
  );
  const where = controllers.map(({ metadata }) => metadata.namespace).join(', ');
  if (controllers.length > 0)
    throw new CliError(
      'cluster',
      `Liqo's own controllers run in context ${context} (Deployment liqo-controller-manager in namespace ${where}): both would act on the same objects`,
      { hint: 'end its peerings and remove it first: liqoctl uninstall --purge' },
    );
  if (foreign.length > 0)
    throw new CliError(
      'cluster',
      `context ${context} has CRDs of Liqo's kinds that are not ours: ${foreign.join(', ')}`,
      {
        hint: `if Liqo and its objects are no longer needed: kubectl delete crd ${foreign.join(' ')}`,
      },
    );
}

async function refuseOtherID(
  cluster: OpenCluster,
  installed: ClusterConfig | undefined,
  wanted: ClusterConfig,
): Promise<void> {
  if (installed === undefined || installed.clusterID === '' || installed.clusterID === wanted.clusterID)
    return;
  const peers = (await peerings(cluster.api)).map(({ clusterID }) => clusterID);
  if (peers.length === 0) return;
  throw new CliError(
    'cluster',
    `this cluster is ${installed.clusterID}, and its peers know it by that id: ${peers.join(', ')}`,
    {
      hint: `keep it (leave --cluster-id out), or end the peerings first: ${peers.map((peer) => `kubectl offload unpeer ${peer}`).join('; ')}`,
    },
  );
}
