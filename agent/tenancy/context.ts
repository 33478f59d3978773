import type { Namespace, RoleBinding } from '#core/api/kubernetes.ts';
import type { NamespaceMap } from '#core/api/offload/namespace-map.ts';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Watch } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { LocalGrant } from './local-grant.ts';

/** What every step of a tenant's life needs. */
export interface TenancyContext {
  readonly source: ApiServerSource;
  /** The agent's. */
  readonly namespace: string;
  /** The agent's account in it: `offload-agent`. */
  readonly serviceAccount: string;
  /** Of this cluster, the provider. */
  readonly clusterID: string;
  /** UID of its namespace kube-system. */
  readonly clusterUID: string;
  readonly grant: () => LocalGrant;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly held: Held;
  /** Runs one of these after the other: what decides whom an id belongs to. */
  readonly serially: <T>(work: () => Promise<T>) => Promise<T>;
  readonly memory: Memory;
}

/** What is watched. */
export interface Held {
  readonly namespaces: Watch<Namespace>;
  readonly tenants: Watch<Tenant>;
  readonly claims: Watch<PeeringClaim>;
  readonly maps: Watch<NamespaceMap>;
  /** Those that this room made. */
  readonly bindings: Watch<RoleBinding>;
}

/** What need not outlive the process: losing it costs a repeated write, or a minute more of a message. */
export interface Memory {
  /** When the quota of a twin was last asserted, by UID of the namespace. */
  readonly quotas: Map<string, number>;
  /** Until when `tenant namespace/local namespace` is told of what was left behind. */
  readonly leftBehind: Map<string, LeftBehind>;
}

export interface LeftBehind {
  readonly untilMs: number;
  readonly remoteNamespace: string;
  readonly message: string;
}
