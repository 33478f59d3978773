import { type KubeObject, type Resource, services } from '#core/api/kubernetes.ts';
import { ignoring } from '#core/source/ignoring.ts';
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
  const list = async <T extends KubeObject>(of: Resource<T>): Promise<readonly T[]> =>
    (await ignoring(['forbidden', 'notFound'], api.readList(of, { namespace }))) ?? [];
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
