import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import { kindId } from './known-kinds.ts';

/**
 * Gives an object what an API server would: uid (from kind, namespace and name, so that it outlives restarts),
 * creationTimestamp, a generation that moves with everything but metadata and status, a resourceVersion that moves
 * with every change. What the file says of these itself is kept. Returns `previous` when nothing changed.
 */
export function withIdentity(
  resource: Resource,
  object: KubeObject,
  previous: KubeObject | undefined,
  now: { readonly createdAt: string; readonly resourceVersion: string },
): KubeObject {
  const generation = previous?.metadata.generation ?? object.metadata.generation ?? 1;
  const candidate: KubeObject = {
    ...object,
    metadata: {
      ...object.metadata,
      uid: object.metadata.uid ?? uidOf(resource, object),
      creationTimestamp:
        object.metadata.creationTimestamp ?? previous?.metadata.creationTimestamp ?? now.createdAt,
      generation,
      resourceVersion: previous?.metadata.resourceVersion ?? now.resourceVersion,
    },
  };
  if (previous === undefined) return candidate;
  if (isDeepStrictEqual(candidate, previous)) return previous;
  const moved = isDeepStrictEqual(desired(candidate), desired(previous)) ? 0 : 1;
  const metadata = { generation: generation + moved, resourceVersion: now.resourceVersion };
  return { ...candidate, metadata: { ...candidate.metadata, ...metadata } };
}

function desired(object: KubeObject): unknown {
  const { metadata, status, ...rest } = object as KubeObject & { readonly status?: unknown };
  return rest;
}

/** A UUID of version 8 (RFC 9562, 5.8) made from the object's name. */
function uidOf(resource: Resource, object: KubeObject): string {
  const name = `${kindId(resource)}/${objectKey(resource, object.metadata)}`;
  const hash = createHash('sha256').update(name).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
