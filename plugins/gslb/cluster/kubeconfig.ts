import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { Context } from '#plugins/cli/contexts.ts';

/** The kubeconfig as the commands need it; made by openKubeconfig, by hand in tests. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly contexts: readonly Context[];
  /** Does no I/O before the first request. Close what was opened. */
  open(context: Context): Cluster;
}

/** Access to one cluster. Rejects with SourceError; with the signal's reason once that has aborted. */
export interface Cluster extends AsyncDisposable {
  /** All of them, in all namespaces unless one is given. Code `notFound` where the resource does not exist. */
  list<T extends KubeObject>(
    resource: Resource<T>,
    options: { readonly namespace?: string; readonly labelSelector?: string },
    signal: AbortSignal,
  ): Promise<readonly T[]>;
  /** Whether the API server has the resource; discovery is open to everybody who is known to it. */
  serves(resource: Resource, signal: AbortSignal): Promise<boolean>;
  get<T extends KubeObject>(resource: Resource<T>, key: string, signal: AbortSignal): Promise<T>;
  /** Merge-patches an object (RFC 7396: null removes a field). Code `notFound` where there is none. */
  patch(resource: Resource, key: string, patch: unknown, signal: AbortSignal): Promise<void>;
  /** Sends GET to a port on a pod's loopback by port-forward. Resolves to the body of a 200; rejects for others. */
  getFromPod(
    pod: { readonly namespace: string; readonly name: string },
    port: number,
    path: string,
    signal: AbortSignal,
  ): Promise<string>;
}
