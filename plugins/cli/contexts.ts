import type { Kubeconfig } from '#core/source/kubeconfig/read.ts';

/** A context of the kubeconfig. */
export interface Context {
  readonly name: string;
  /** Name of its cluster in the kubeconfig. */
  readonly cluster: string;
  /** URL of its API server. */
  readonly server: string;
  /** The context's own namespace, `default` without one. */
  readonly namespace: string;
}

/** All contexts of a kubeconfig, in its order. */
export function contextsOf(file: Kubeconfig): readonly Context[] {
  return file.contexts.map(({ name, cluster, namespace = 'default' }) => ({
    name,
    cluster,
    server: String(file.clusters.get(cluster)?.fields['server'] ?? ''),
    namespace,
  }));
}
