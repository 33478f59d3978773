import type { Node } from '#core/api/kubernetes.ts';
import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import type { Deployment } from '#plugins/offload/cluster/kinds.ts';
import type { Peering } from '#plugins/offload/cluster/peerings.ts';
import type { ClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';

/** What was found in the cluster that is asked. */
export interface OffloadFacts {
  readonly context: string;
  readonly config: ClusterConfig;
  readonly agent: Deployment | undefined;
  readonly gateway: Deployment | undefined;
  readonly peerings: readonly Peering[];
  readonly virtualNodes: readonly Node[];
  readonly offloadings: readonly NamespaceOffloading[];
}

/** One line of the table. */
export interface PeeringStatus {
  readonly name: string;
  readonly role: string;
  readonly outgoing: string;
  readonly incoming: string;
  readonly networking: string;
  readonly authentication: string;
  /** `Ready`, `NotReady`, or empty where there is none. */
  readonly node: string;
  /** Namespaces of this cluster that have a twin there. */
  readonly namespaces: readonly string[];
  /** Undefined where the time is not known. */
  readonly createdAtMs: number | undefined;
}

export interface Problem {
  /** Cluster id, namespace, or Deployment. */
  readonly subject: string;
  readonly reason: string;
  readonly message: string;
  readonly hint: string;
}
