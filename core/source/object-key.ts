import type { ObjectMeta, Resource } from '#core/api/kubernetes.ts';

/** `namespace/name`, or `name` for cluster-scoped resources: the key that Watch.get takes. */
export function objectKey(resource: Resource, metadata: ObjectMeta): string {
  return resource.namespaced ? `${metadata.namespace ?? ''}/${metadata.name}` : metadata.name;
}

/** The parts of a key. `namespace` is undefined for cluster-scoped resources. */
export function splitKey(resource: Resource, key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return resource.namespaced && slash >= 0
    ? { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
    : { namespace: undefined, name: key };
}
