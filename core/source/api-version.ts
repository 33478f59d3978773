import type { Resource } from '#core/api/kubernetes.ts';

/** What stands in `apiVersion` of its objects. */
export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
