import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { splitKey } from '#core/api/resource.ts';
import { arrived } from './arrival.ts';
import type { ApiClient } from './client.ts';
import { listPages } from './list-pages.ts';
import { objectPath } from './paths.ts';

export const requestTimeoutMs = 30_000;

/**
 * All objects of a list, newest state, in the API server's order. Rejects with SourceError; `notFound` where the
 * resource is not served.
 */
export async function readList<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  options: { readonly namespace?: string | undefined; readonly labelSelector?: string | undefined },
  signal: AbortSignal,
): Promise<readonly T[]> {
  const found = new Map<string, T>();
  for await (const { items } of listPages(client, { resource, ...options }, signal)) {
    for (const item of items) {
      const { namespace, name } = item.metadata;
      found.set(`${namespace}/${name}`, arrived<T>(resource, item));
    }
  }
  return [...found.values()];
}

/** One object. Rejects with SourceError `notFound` when it, or its resource, is not there. */
export async function readObject<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  key: string,
  signal: AbortSignal,
): Promise<T> {
  const intent = { verb: 'get', resource, ...splitKey(resource, key) } as const;
  const request = { method: 'GET', path: objectPath(resource, key), intent, signal } as const;
  return arrived<T>(resource, (await client.json(request, requestTimeoutMs)) as KubeObject);
}
