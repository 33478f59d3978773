import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey, splitKey } from '#core/api/resource.ts';
import { SourceError } from '#core/source/errors.ts';
import type { DeleteOptions } from '#core/source/source.ts';
import { arrived } from './arrival.ts';
import type { ApiClient } from './client.ts';
import type { Intent } from './intent.ts';
import { collectionPath, objectPath, withQuery } from './paths.ts';
import { requestTimeoutMs } from './reads.ts';
import { UnknownResourceError } from './response-error.ts';

/** The writes of one field manager to one API server. Each rejects with SourceError. */
export class Writes {
  readonly #client: ApiClient;
  readonly #fieldManager: string;
  readonly #signal: AbortSignal;

  constructor(client: ApiClient, fieldManager: string, signal: AbortSignal) {
    this.#client = client;
    this.#fieldManager = fieldManager;
    this.#signal = signal;
  }

  /** Server-side apply, forced: the fields given become ours, fields of ours that are not given go. */
  async apply<T extends KubeObject>(resource: Resource<T>, object: T, subresource?: 'status'): Promise<T> {
    const key = objectKey(resource, object.metadata);
    const query = { fieldManager: this.#fieldManager, force: 'true' };
    const path = withQuery(objectPath(resource, key, subresource), query);
    const intent = { ...this.#intent('patch', resource, key), ...(subresource ? { subresource } : {}) };
    return this.#object(resource, 'PATCH', path, intent, 'application/apply-patch+yaml', object);
  }

  /** Merge-patches an object, or its status. */
  async patch(resource: Resource, key: string, patch: unknown, subresource?: 'status'): Promise<void> {
    const path = withQuery(objectPath(resource, key, subresource), { fieldManager: this.#fieldManager });
    const intent = { ...this.#intent('patch', resource, key), ...(subresource ? { subresource } : {}) };
    const body = { type: 'application/merge-patch+json', value: patch };
    await this.#client.send({ method: 'PATCH', path, intent, body, signal: this.#signal }, requestTimeoutMs);
  }

  /** The object, by a merge patch that changes nothing. */
  async getByPatch<T extends KubeObject>(resource: Resource<T>, key: string): Promise<T> {
    const intent = this.#intent('patch', resource, key);
    return this.#object(
      resource,
      'PATCH',
      objectPath(resource, key),
      intent,
      'application/merge-patch+json',
      {},
    );
  }

  /** Rejects with `conflict` when it is there already. */
  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = withQuery(collectionPath(resource, namespace), { fieldManager: this.#fieldManager });
    const intent: Intent = { verb: 'create', resource, namespace, name };
    return this.#object(resource, 'POST', path, intent, 'application/json', object);
  }

  /** Replaces the object, if it still is of the resourceVersion that it carries; else rejects with `conflict`. */
  async replace<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const key = objectKey(resource, object.metadata);
    const path = withQuery(objectPath(resource, key), { fieldManager: this.#fieldManager });
    const intent = this.#intent('update', resource, key);
    return this.#object(resource, 'PUT', path, intent, 'application/json', object);
  }

  async delete(resource: Resource, key: string, options: DeleteOptions = {}): Promise<void> {
    const { gracePeriodSeconds, ...preconditions } = options;
    const request = {
      method: 'DELETE',
      path: objectPath(resource, key),
      intent: this.#intent('delete', resource, key),
      body: {
        type: 'application/json',
        value: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds, preconditions },
      },
      signal: this.#signal,
    } as const;
    try {
      await this.#client.json(request, requestTimeoutMs);
    } catch (error) {
      const absent = error instanceof SourceError && error.code === 'notFound';
      if (!absent || error instanceof UnknownResourceError) throw error;
    }
  }

  async #object<T extends KubeObject>(
    resource: Resource<T>,
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    intent: Intent,
    type: string,
    value: unknown,
  ): Promise<T> {
    const request = { method, path, intent, body: { type, value }, signal: this.#signal };
    return arrived<T>(resource, (await this.#client.json(request, requestTimeoutMs)) as KubeObject);
  }

  #intent(verb: Intent['verb'], resource: Resource, key: string): Intent {
    return { verb, resource, ...splitKey(resource, key) };
  }
}
