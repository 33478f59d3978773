import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { ClusterApi } from './open-cluster.ts';

/** The objects of all namespaces that a field selector such as `spec.nodeName=liqo-us` selects, in one page. */
export async function listWhere<T extends KubeObject>(
  api: ClusterApi,
  resource: Resource<T>,
  fieldSelector: string,
): Promise<readonly T[]> {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const path = `${root}/${resource.plural}?fieldSelector=${encodeURIComponent(fieldSelector)}`;
  const intent = { verb: 'list', resource } as const;
  const { items = [] } = (await api.request({ method: 'GET', path, intent })) as { readonly items?: T[] };
  return items;
}
