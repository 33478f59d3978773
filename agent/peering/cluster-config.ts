import type { ConfigMap } from '#core/api/kubernetes.ts';
import { clusterIDSchema } from '#core/api/offload/fields.ts';

/** What people say of this cluster in ConfigMap `offload-cluster`. */
export interface ClusterConfig {
  readonly clusterID: string;
  readonly clusterLabels: Readonly<Record<string, string>>;
}

const clusterIDPattern = new RegExp(clusterIDSchema.pattern);

/** Whether it may be the id of a cluster: a DNS label of at most 58 characters. */
export function isClusterID(text: string): boolean {
  return text.length <= clusterIDSchema.maxLength && clusterIDPattern.test(text);
}

/** Reads the ConfigMap; a text says what is wrong with it. Labels that are not `k=v` are left out. */
export function readClusterConfig(configMap: ConfigMap): ClusterConfig | string {
  const { clusterID = '', clusterLabels = '' } = configMap.data ?? {};
  if (clusterID === '') return 'clusterID is not set';
  if (!isClusterID(clusterID))
    return `clusterID ${JSON.stringify(clusterID)} is not a DNS label of at most ${clusterIDSchema.maxLength} characters`;
  const pairs = clusterLabels
    .split(',')
    .map((pair) => pair.trim().split('='))
    .filter((pair): pair is [string, string] => pair.length === 2 && pair[0] !== '');
  return { clusterID, clusterLabels: Object.fromEntries(pairs) };
}
