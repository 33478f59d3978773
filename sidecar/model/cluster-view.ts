import type { Zone } from './zone.ts';

/** k8gb's serviceHealth values. */
export type ServiceHealth = 'Healthy' | 'Unhealthy' | 'NotFound';

/** How a host spreads over clusters. */
export type Strategy =
  | { readonly type: 'roundRobin' }
  | { readonly type: 'failover'; readonly primaryGeoTag: string };

/** Names one Gslb object. */
export interface GslbReference {
  readonly group: 'k8gb.io' | 'k8gb.absa.oss';
  readonly namespace: string;
  readonly name: string;
}

/** Whether a Gslb is served; a refusal carries what goes into its Accepted condition. */
export type Acceptance =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** CamelCase, for example HostConflict or UnknownStrategy. */
      readonly reason: string;
      /** A sentence with the facts and the remedy. */
      readonly message: string;
    };

/** One host of one Gslb, as this cluster alone sees it. */
export interface HostView {
  /** Lower-case, no trailing dot; the first label may be `*`. */
  readonly host: string;
  /** Name of the zone that serves it. */
  readonly zone: string;
  readonly gslb: GslbReference;
  readonly strategy: Strategy;
  /** Positive TTL, seconds. */
  readonly ttlSeconds: number;
  readonly health: ServiceHealth;
  /** Healthy only by endpoints that run in a peered cluster, behind the gateway. Absent: by some of its own. */
  readonly remoteOnly?: true;
  /** Addresses that may be published while healthy; IPv4 or IPv6 text, sorted, distinct. */
  readonly addresses: readonly string[];
  /** Backend Services, in the order of the rules. */
  readonly services: readonly { readonly namespace: string; readonly name: string }[];
}

/** One Gslb object (or the one that an annotated Ingress stands for), with what was decided about it at the door. */
export interface GslbView {
  readonly reference: GslbReference;
  /** Empty while the object does not exist yet (annotated Ingress, not written). */
  readonly uid: string;
  readonly generation: number;
  readonly createdAtMs: number;
  readonly acceptance: Acceptance;
  /** Hosts that it owns; empty when refused. */
  readonly hosts: readonly HostView[];
  /** Remarks that do not refuse it, for example a primaryGeoTag that no cluster has. */
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
}

/** All that this cluster knows of itself. Replaced as a whole; unchanged parts keep their identity. */
export interface ClusterView {
  readonly geoTag: string;
  readonly zones: readonly Zone[];
  /** By `group/namespace/name`. */
  readonly gslbs: ReadonlyMap<string, GslbView>;
  /** By host; only accepted ones. */
  readonly hosts: ReadonlyMap<string, HostView>;
  /** Addresses at which this cluster's sidecars answer DNS, for glue; sorted, distinct. */
  readonly dnsAddresses: readonly string[];
}
