import type { Override } from './override.ts';
import type { Place } from './place.ts';
import type { HostPolicy } from './policy.ts';
import type { Strategy } from './strategy.ts';
import type { Zone } from './zone.ts';

/** k8gb's serviceHealth values. */
export type ServiceHealth = 'Healthy' | 'Unhealthy' | 'NotFound';

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
  /** Addresses of this cluster that are kept back, and why (`probe failed 3 times: connect refused`). Absent: none. */
  readonly withheld?: readonly { readonly address: string; readonly why: string }[];
  /** Every probe fails while Services have ready endpoints: the probes are doubted, and `addresses` has all of them. */
  readonly probesSuspect?: true;
  /**
   * Healthy, but only since a moment, after it was not: other clusters go first until then, ms since 1970 (damping of
   * up transitions). Absent: not held.
   */
  readonly heldUntilMs?: number;
  /** In how many seconds a check that is under way could change the addresses. Absent: none is under way. */
  readonly mayChangeInSeconds?: number;
  /** Absent: no policy is attached. */
  readonly policy?: HostPolicy;
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

/** What the GslbCluster object of one member says. */
export interface ClusterNotes {
  /** Absent: none, or one that has expired. */
  readonly override?: Override;
  /** Absent: it is looked for by the cluster's addresses. */
  readonly place?: Place;
}

/** All that this cluster knows of itself. Replaced as a whole; unchanged parts keep their identity. */
export interface ClusterView {
  readonly geoTag: string;
  readonly zones: readonly Zone[];
  /** By `group/namespace/name`. */
  readonly gslbs: ReadonlyMap<string, GslbView>;
  /** By host; only accepted ones. */
  readonly hosts: ReadonlyMap<string, HostView>;
  /** What GslbCluster objects say of the members of the fleet, by geotag. */
  readonly clusters: ReadonlyMap<string, ClusterNotes>;
  /** Addresses at which this cluster's sidecars answer DNS, for glue; sorted, distinct. */
  readonly dnsAddresses: readonly string[];
}
