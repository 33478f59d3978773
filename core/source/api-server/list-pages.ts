import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { ApiClient } from './client.ts';
import { type Intent, intentText } from './intent.ts';
import { collectionPath, withQuery } from './paths.ts';
import { ExpiredError } from './response-error.ts';

export interface ListRequest {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListPage {
  readonly items: readonly KubeObject[];
  /** The state that all pages of a list show alike. */
  readonly resourceVersion: string;
}

/** As client-go. */
const pageSize = 500;
const pageTimeoutMs = 60_000;
/** It may have been given a dead connection: another is tried soon. */
const versionTimeoutMs = 10_000;

/**
 * Reads a list page by page. No resourceVersion is asked for: that means the newest state. "Any" (0) may come from
 * an API server that lags behind what was seen before, and going back in time would show deleted objects again.
 * Where the first page has expired before the last is read, all of it comes in one page (as client-go does); items
 * may then come twice.
 */
export async function* listPages(
  client: ApiClient,
  request: ListRequest,
  signal: AbortSignal,
): AsyncIterable<ListPage> {
  const { resource, namespace, labelSelector, fieldSelector } = request;
  const intent: Intent = { verb: 'list', resource, namespace };
  const read = (limit: number | undefined, token: string | undefined): Promise<unknown> => {
    const query = { labelSelector, fieldSelector, limit, continue: token };
    const path = withQuery(collectionPath(resource, namespace), query);
    const body = client.json({ method: 'GET', path, intent, signal }, pageTimeoutMs);
    // It may fail before it is waited for, or never be.
    body.catch(() => undefined);
    return body;
  };
  let token: string | undefined;
  let body = read(pageSize, token);
  do {
    try {
      const page = readPage(intent, await body);
      token = page.next;
      // The API server makes the next page while this one is taken in.
      if (token !== undefined) body = read(pageSize, token);
      yield page;
    } catch (error) {
      if (!(error instanceof ExpiredError) || token === undefined) throw error;
      token = '';
      body = read(undefined, token);
    }
  } while (token !== undefined);
}

/** The version that a list would be of now, for the price of one object. */
export async function newestVersion(
  client: ApiClient,
  { resource, namespace, labelSelector, fieldSelector }: ListRequest,
  signal: AbortSignal,
): Promise<string> {
  const intent: Intent = { verb: 'list', resource, namespace };
  const path = withQuery(collectionPath(resource, namespace), { labelSelector, fieldSelector, limit: 1 });
  const body = await client.json({ method: 'GET', path, intent, signal }, versionTimeoutMs);
  return readPage(intent, body).resourceVersion;
}

function readPage(intent: Intent, body: unknown): ListPage & { readonly next: string | undefined } {
  const { items, metadata } = (body ?? {}) as {
    readonly items?: unknown;
    readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
  };
  const { resourceVersion, continue: next } = metadata ?? {};
  // An empty list of a built-in kind may say null.
  const objects = items === null ? [] : items;
  if (!Array.isArray(objects) || !objects.every(isNamed) || typeof resourceVersion !== 'string') {
    throw new SourceError(
      'unavailable',
      `cannot ${intentText(intent)}: the answer is not a list of objects`,
      {
        hint: 'Is the address in the kubeconfig that of an API server?',
      },
    );
  }
  return {
    items: objects,
    resourceVersion,
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}

function isNamed(item: unknown): item is KubeObject {
  const { metadata } = (item ?? {}) as { readonly metadata?: { readonly name?: unknown } };
  return typeof metadata?.name === 'string';
}
