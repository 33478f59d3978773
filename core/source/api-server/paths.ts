import type { Resource } from '#core/api/kubernetes.ts';
import { apiVersion, splitKey } from '#core/api/resource.ts';
import type { Intent } from './intent.ts';

/** The path of a list; all namespaces when `namespace` is undefined. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersion(resource)}`;
  const inNamespace =
    resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${inNamespace}/${resource.plural}`;
}

/** The path of one object. */
export function objectPath(resource: Resource, key: string, subresource?: Intent['subresource']): string {
  const { namespace, name } = splitKey(resource, key);
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** A path with its query; undefined values are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return path;
  return `${path}?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`;
}
