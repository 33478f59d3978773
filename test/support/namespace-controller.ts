import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, namespaces, type Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/**
 * What a controller manager does with namespaces, for a lone API server: those being deleted are emptied of these kinds
 * and finalized, those that are there get their kube-root-ca.crt only from a real one. Resolves when the signal aborts.
 */
export async function finalizeNamespaces(
  admin: ApiServerSource,
  kinds: readonly Resource[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const namespace of await list(admin, namespaces, {}, signal))
      if (namespace.metadata.deletionTimestamp !== undefined) await finalize(admin, kinds, namespace, signal);
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}

async function finalize(
  admin: ApiServerSource,
  kinds: readonly Resource[],
  namespace: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { name } = namespace.metadata;
  for (const kind of kinds)
    for (const object of await list(admin, kind, { namespace: name }, signal))
      await admin.delete(kind, objectKey(kind, object.metadata), { gracePeriodSeconds: 0 });
  await admin
    .request({
      method: 'PUT',
      path: `/api/v1/namespaces/${name}/finalize`,
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } },
      intent: { verb: 'update', resource: namespaces, name },
    })
    .catch((error: unknown) => {
      // Finalized by the turn before.
      if (!signal.aborted && (error as { code?: string }).code !== 'notFound') throw error;
    });
}

async function list(
  admin: ApiServerSource,
  kind: Resource,
  options: { readonly namespace?: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    return await admin.readList(kind, options);
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}
