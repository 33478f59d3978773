import { type KubeObject, type Resource, services } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { ClusterApi } from '#plugins/offload/cluster/open-cluster.ts';
import type { NamespaceContents } from './spans.ts';

const resource = (group: string, version: string, kind: string, plural: string): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});
const statefulSets = resource('apps', 'v1', 'StatefulSet', 'statefulsets');
const claims = resource('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
const autoscalers = resource('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers');
const networkPolicies = resource('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies');

/** What stands in a namespace; lists that may not be read count as empty. */
export async function gatherContents(api: ClusterApi, namespace: string): Promise<NamespaceContents> {
  const list = async <T extends KubeObject>(of: Resource<T>): Promise<readonly T[]> => {
    try {
      return await api.readList(of, { namespace });
    } catch (error) {
      if (error instanceof SourceError && (error.code === 'forbidden' || error.code === 'notFound'))
        return [];
      throw error;
    }
  };
  const [ofServices, ofSets, ofClaims, ofAutoscalers, ofPolicies] = await Promise.all([
    list(services),
    list(statefulSets),
    list(claims),
    list(autoscalers),
    list(networkPolicies),
  ]);
  return {
    services: ofServices,
    statefulSets: ofSets,
    claims: ofClaims,
    autoscalers: ofAutoscalers,
    networkPolicies: ofPolicies,
  };
}
