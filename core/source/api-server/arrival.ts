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
  const fields = withoutNulls(object) as { readonly spec?: unknown; readonly status?: unknown };
  const { spec, status } = fields;
  return {
    apiVersion: apiVersion(resource),
    kind: resource.kind,
    ...fields,
    ...(isObject(spec) ? { spec: withoutNulls(spec) } : {}),
    ...(isObject(status) ? { status: withoutNulls(status) } : {}),
    metadata,
  } as unknown as T;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The very object where there is no null, which is nearly always. */
function withoutNulls(value: object): object {
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) {
    if (fields[name] === null)
      return Object.fromEntries(Object.entries(value).filter(([, kept]) => kept !== null));
  }
  return value;
}
