import { configMaps } from '#core/api/kubernetes.ts';
import { found } from '#core/source/found.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { names } from './names.ts';
import type { OpenCluster } from './open-cluster.ts';

/** What ConfigMap `offload-cluster` says; empty texts are unset. */
export interface ClusterConfig {
  readonly clusterID: string;
  /** `k=v,k=v`. */
  readonly clusterLabels: string;
  /** `https://HOST:PORT`; several with commas. */
  readonly apiServerURL: string;
  /** `HOST:PORT,…`. */
  readonly gatewayAddresses: string;
}

/** Undefined where offloading is not installed. */
export async function readClusterConfig({
  api,
}: Pick<OpenCluster, 'api'>): Promise<ClusterConfig | undefined> {
  const configMap = await found(api.get(configMaps, `${names.system}/${names.clusterConfig}`));
  if (configMap === undefined) return undefined;
  const {
    clusterID = '',
    clusterLabels = '',
    apiServerURL = '',
    gatewayAddresses = '',
  } = configMap.data ?? {};
  return { clusterID, clusterLabels, apiServerURL, gatewayAddresses };
}

/** @throws CliError `cluster` where offloading is not installed */
export async function installedConfig(cluster: OpenCluster): Promise<ClusterConfig> {
  const config = await readClusterConfig(cluster);
  if (config !== undefined && config.clusterID !== '') return config;
  throw new CliError(
    'cluster',
    `offloading is not installed in ${cluster.name} (context ${cluster.context})`,
    {
      hint: `kubectl offload install --context ${cluster.context}`,
    },
  );
}
