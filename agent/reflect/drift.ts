import { isDeepStrictEqual } from 'node:util';
import { type Reflected, type ReflectedKind, reflectedAnnotationsAnnotation, specOf } from './reflected.ts';

export type Repair =
  | { readonly kind: 'none' }
  | { readonly kind: 'replace'; readonly object: Reflected }
  /** What differs cannot be changed in place. */
  | { readonly kind: 'recreate' };

/**
 * Says what turns an object at the provider, which is ours, into the desired one. Fields that are the provider's
 * (addresses, its ingress class, annotations of its controllers) stay as they are there.
 */
export function repair(kind: ReflectedKind, remote: Reflected, desired: Reflected): Repair {
  if (cannotChange(kind, remote, desired)) return { kind: 'recreate' };
  const object = merged(kind, remote, desired);
  return isDeepStrictEqual(object, remote) ? { kind: 'none' } : { kind: 'replace', object };
}

function cannotChange(kind: ReflectedKind, remote: Reflected, desired: Reflected): boolean {
  switch (kind) {
    case 'Service':
      return (specOf(remote)['clusterIP'] === 'None') !== (specOf(desired)['clusterIP'] === 'None');
    case 'Ingress':
      return false;
    case 'ConfigMap':
      return sealed(remote, desired);
    case 'Secret':
      return (remote.type ?? 'Opaque') !== desired.type || sealed(remote, desired);
  }
}

function sealed(remote: Reflected, desired: Reflected): boolean {
  if (remote.immutable !== true) return false;
  return (
    desired.immutable !== true ||
    !isDeepStrictEqual(remote.data, desired.data) ||
    !isDeepStrictEqual(remote.binaryData, desired.binaryData)
  );
}

function merged(kind: ReflectedKind, remote: Reflected, desired: Reflected): Reflected {
  const annotations = mergedAnnotations(remote.metadata.annotations, desired.metadata.annotations);
  const { annotations: _, ...metadata } = remote.metadata;
  const { data: _data, binaryData: _binary, immutable: _immutable, spec: _spec, ...rest } = remote;
  const spec = mergedSpec(kind, remote, desired);
  const { data, binaryData, immutable } = desired;
  return {
    ...rest,
    metadata: {
      ...metadata,
      ...(desired.metadata.labels === undefined ? {} : { labels: desired.metadata.labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(spec === undefined ? {} : { spec }),
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
    ...(immutable === undefined ? {} : { immutable }),
  };
}

const addressFields = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const;

function mergedSpec(
  kind: ReflectedKind,
  remote: Reflected,
  desired: Reflected,
): Readonly<Record<string, unknown>> | undefined {
  if (desired.spec === undefined) return undefined;
  const keeps = kind === 'Service' ? addressFields : kind === 'Ingress' ? ['ingressClassName'] : [];
  const held = specOf(remote);
  const kept = keeps.flatMap((field) => (held[field] === undefined ? [] : [[field, held[field]] as const]));
  return { ...specOf(desired), ...Object.fromEntries(kept) };
}

type Annotations = Readonly<Record<string, string>> | undefined;

/** Annotations of others stay; of ours exactly the desired ones. */
function mergedAnnotations(remote: Annotations, desired: Annotations): Annotations {
  const ours = new Set(remote?.[reflectedAnnotationsAnnotation]?.split(',') ?? []);
  ours.add(reflectedAnnotationsAnnotation);
  const others = Object.entries(remote ?? {}).filter(([key]) => !ours.has(key));
  const all = { ...Object.fromEntries(others), ...desired };
  return Object.keys(all).length === 0 ? undefined : all;
}
