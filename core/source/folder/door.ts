import { isRecord } from '#core/api/is-record.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { prune } from '#core/api/prune.ts';
import { apiVersion } from '#core/api/resource.ts';
import { validate } from '#core/api/validate.ts';
import { knownKind, similarKinds } from './known-kinds.ts';
import { metadataSchema } from './kubernetes-schemas.ts';

/** What became of one value found in a file. */
export interface Admission {
  /** Undefined when refused, or of a kind that is none of our business. */
  readonly admitted?: { readonly resource: Resource; readonly object: KubeObject };
  /** Faults (refused) or remarks (admitted all the same). `path` is where in the value. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Judges one value of a file as an API server would at admission: known kind, sound metadata, schema. The namespace
 * defaults to `default`, as kubectl's does; nulls, and fields that a kind of ours does not know, are dropped.
 */
export function admit(value: unknown): Admission {
  if (!isRecord(value)) return refused('', 'is not a Kubernetes object: it has no apiVersion and kind');
  const { apiVersion: version, kind, metadata } = value;
  if (typeof version !== 'string' || typeof kind !== 'string') {
    return refused('', 'is not a Kubernetes object: it has no apiVersion and kind');
  }
  const known = knownKind(`${version}/${kind}`);
  if (known === undefined) return unknownKind(version, kind);

  const name = isRecord(metadata) && typeof metadata['name'] === 'string' ? ` ${metadata['name']}` : '';
  const faults = [
    ...validate(metadataSchema, metadata ?? {}, 'metadata'),
    ...validate(known.schema, value),
  ].map(({ path, message }) => ({ path, message: `${kind}${name} is refused: ${path} ${message}` }));
  if (faults.length > 0) return { problems: faults };

  const { value: object, unknown } = known.complete
    ? prune(known.schema, value)
    : { value: withoutNulls(value), unknown: [] };
  const placed = place(known.resource, object as KubeObject);
  return {
    admitted: { resource: known.resource, object: placed },
    problems: unknown.map((path) => ({
      path,
      message: `${kind}${name} has an unknown field ${path}, ignored`,
    })),
  };
}

function place(resource: Resource, object: KubeObject): KubeObject {
  const { namespace, ...metadata } = withoutNulls(object.metadata) as KubeObject['metadata'];
  return {
    ...object,
    metadata: resource.namespaced ? { ...metadata, namespace: namespace ?? 'default' } : metadata,
  };
}

function unknownKind(version: string, kind: string): Admission {
  const group = version.includes('/') ? version.slice(0, version.indexOf('/')) : '';
  const similar = similarKinds(group, kind);
  if (similar.length === 0) return { problems: [] };
  const meant = similar.map((resource) => `${apiVersion(resource)} ${resource.kind}`).join(', ');
  return refused('', `${version} ${kind} is not read; known here: ${meant}`);
}

function refused(path: string, message: string): Admission {
  return { problems: [{ path, message }] };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}
