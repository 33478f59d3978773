import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { Credentials } from './access.ts';
import { ApiClient } from './client.ts';
import { EventRecorder, events } from './event-recorder.ts';
import { inClusterCredentials } from './in-cluster.ts';
import type { Intent } from './intent.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';
import { readList, readObject, requestTimeoutMs } from './reads.ts';
import { Reflector, type ReflectorTiming, reflectorTiming } from './reflector.ts';
import { ServerState } from './server-state.ts';
import { Writes } from './writes.ts';

export interface ApiServerSourceOptions {
  /** A path, or `in-cluster` for the service account of this pod. Default: KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string;
  /** Instead of a kubeconfig: another cluster's API as an account there. */
  readonly credentials?: Credentials;
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string;
  /** Who owns the fields that we apply, and who events are from. */
  readonly fieldManager: string;
  /** This replica, in events. */
  readonly identity: string;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds since 1970, for times of events. Default Date.now. */
  readonly wallClock?: () => number;
  /** Ends watches and requests, and closes connections. */
  readonly signal: AbortSignal;
  /** For tests. */
  readonly timing?: Partial<ReflectorTiming>;
}

/** A Source, with what only an API server can do. Everything rejects with SourceError. */
export interface ApiServerSource extends Source {
  /** All objects of a list, newest state. */
  readList<T extends KubeObject>(
    resource: Resource<T>,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Promise<readonly T[]>;
  /** One object; `notFound` when it is not there. */
  get<T extends KubeObject>(resource: Resource<T>, key: string): Promise<T>;
  /** `conflict` when it is there already. */
  create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  /** `conflict` unless it still is of the resourceVersion that the object carries. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  /** Merge-patches an object (RFC 7396: null removes a field); with metadata.resourceVersion in it, only that version. */
  patch(resource: Resource, key: string, patch: unknown): Promise<void>;
  /** An object that may be patched and not read: a patch that changes nothing is answered with it. */
  getByPatch<T extends KubeObject>(resource: Resource<T>, key: string): Promise<T>;
  /** As any Source's; with `uid` only that object, not a later one of the name: rejects with `conflict`. */
  patchStatus<T extends KubeObject>(
    resource: Resource<T>,
    key: string,
    status: unknown,
    only?: { readonly uid: string },
  ): Promise<void>;
  /** Server-side apply of the status subresource, with our field manager, forced. */
  applyStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  /** A request as it stands, for subresources (`/api/v1/namespaces/x/serviceaccounts/y/token`, `…/eviction`). */
  request(options: {
    readonly method: 'GET' | 'POST' | 'PUT';
    readonly path: string;
    readonly body?: unknown;
    /** What it does, for errors. */
    readonly intent: Intent;
  }): Promise<unknown>;
}

/**
 * An API server as a Source. Rejects with SourceError `kubeconfig` when there is nothing to reach one with; one that
 * is away is waited for by watches. Every watch has a connection of its own, other requests share kept ones.
 */
export async function apiServerSource(options: ApiServerSourceOptions): Promise<ApiServerSource> {
  const { kubeconfig, context, fieldManager, identity, log, now, random, signal } = options;
  const credentials =
    options.credentials ??
    (kubeconfig === 'in-cluster'
      ? inClusterCredentials({ now })
      : await kubeconfigCredentials({
          now,
          ...(kubeconfig === undefined ? {} : { path: kubeconfig }),
          ...(context === undefined ? {} : { context }),
        }));
  if (kubeconfig === 'in-cluster') await credentials.access();
  const client = new ApiClient(credentials, `interspan/${fieldManager}`);
  signal.addEventListener('abort', () => void client.close(), { once: true });

  const writes = new Writes(client, fieldManager, signal);
  const timing = { ...reflectorTiming, ...options.timing };
  const state = new ServerState(log);
  const reflectors = { client, state, log, now, random, timing };
  /** An answer to anybody wakes the watches that wait for the API server to come back. */
  const answered = <R>(answer: R): R => {
    state.answered();
    return answer;
  };
  const recorder = new EventRecorder({
    component: fieldManager,
    instance: identity,
    now,
    random,
    wallClock: options.wallClock ?? Date.now,
    create: async (event) => void (await writes.create(events, event)),
    update: (key, patch) => writes.patch(events, key, patch),
  });

  return {
    watch: (watchOptions, watchSignal) =>
      new Reflector(reflectors, watchOptions, AbortSignal.any([signal, watchSignal])),
    apply: (resource, object) => writes.apply(resource, object),
    patchStatus: (resource, key, status, only) =>
      writes.patch(resource, key, { ...(only && { metadata: { uid: only.uid } }), status }, 'status'),
    delete: (resource, key, deleteOptions) => writes.delete(resource, key, deleteOptions),
    recordEvent: (event) => recorder.record(event),
    readList: (resource, listOptions = {}) => readList(client, resource, listOptions, signal).then(answered),
    get: (resource, key) => readObject(client, resource, key, signal).then(answered),
    create: (resource, object) => writes.create(resource, object),
    replace: (resource, object) => writes.replace(resource, object),
    patch: (resource, key, patch) => writes.patch(resource, key, patch),
    getByPatch: (resource, key) => writes.getByPatch(resource, key),
    applyStatus: (resource, object) => writes.apply(resource, object, 'status'),
    request: ({ body, ...request }) =>
      client
        .json(
          {
            ...request,
            signal,
            ...(body === undefined ? {} : { body: { type: 'application/json', value: body } }),
          },
          requestTimeoutMs,
        )
        .then(answered),
  };
}
