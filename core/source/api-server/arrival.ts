import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { apiVersion } from '#core/api/resource.ts';

/**
 * An object of an API server as our types have it: items of lists get apiVersion and kind, which built-in lists leave
 * out; managedFields, often half of an object, goes; so do the nulls that Go writes for empty lists.
 */
export function arrived<T extends KubeObject>(resource: Resource<T>, object: KubeObject): T {
  const { managedFields, ...metadata } = withoutNulls(object.metadata) as KubeObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  const fields = Object.entries(withoutNulls(object)).map(([name, value]) =>
    (name === 'spec' || name === 'status') && typeof value === 'object' && value !== null
      ? [name, withoutNulls(value)]
      : [name, value],
  );
  return {
    apiVersion: apiVersion(resource),
    kind: resource.kind,
    ...Object.fromEntries(fields),
    metadata,
  } as T;
}

/** The very object where there is no null, which is nearly always. */
function withoutNulls(value: object): object {
  for (const field of Object.values(value)) {
    if (field === null) return Object.fromEntries(Object.entries(value).filter(([, kept]) => kept !== null));
  }
  return value;
}
