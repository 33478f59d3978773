import type { ObjectMeta, Resource } from './kubernetes.ts';

/** What stands in `apiVersion` of its objects: `v1`, `k8gb.io/v1beta1`. */
export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, or `name` for cluster-scoped resources: the key that Watch.get takes. */
export function objectKey(resource: Resource, metadata: ObjectMeta): string {
  return resource.namespaced ? `${metadata.namespace ?? ''}/${metadata.name}` : metadata.name;
}

/** The parts of a key. `namespace` is undefined for cluster-scoped resources. */
export function splitKey(
  resource: Resource,
  key: string,
): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return resource.namespaced && slash >= 0
    ? { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
    : { namespace: undefined, name: key };
}
