import type { HostReport, MemberReport } from '#core/admin/schema.ts';

/** How one host of one Gslb stands, as one cluster sees it. */
export interface HostStatus {
  readonly context: string;
  /** Geotag of that cluster; undefined while nothing has reported it. */
  readonly geoTag: string | undefined;
  readonly namespace: string;
  readonly gslb: { readonly group: string; readonly name: string };
  /** Undefined for a Gslb that names no host yet. */
  readonly host: string | undefined;
  readonly strategy: { readonly type: string; readonly primaryGeoTag?: string };
  readonly health: Health;
  /** Sorted by geotag. */
  readonly targets: readonly Target[];
  /** All that the host answers with now. */
  readonly answer: readonly string[];
  /** Failover: the cluster that the host is with. */
  readonly active?: HostReport['active'];
  /** Addresses of that cluster that failed their probes. */
  readonly withheld?: HostReport['withheld'];
  /** RFC 3339: until then others go before that cluster. */
  readonly heldUntil?: HostReport['heldUntil'];
  /** What it answers in spite of. Absent: nothing, or that is not known. */
  readonly remarks?: HostReport['remarks'];
  readonly ttlSeconds: number;
  readonly createdAtMs: number;
}

/**
 * `Healthy`, `Unhealthy`, `NotFound`: of the Services in that cluster, as k8gb has it. `Refused`: the sidecar does not
 * serve the Gslb. `Pending`: no sidecar has reported on it.
 */
export type Health =
  | { readonly state: 'Healthy' | 'Unhealthy' | 'NotFound' | 'Pending' }
  | { readonly state: 'Refused'; readonly reason: string; readonly message: string };

/** Healthy addresses of one cluster; `others` when only the sum of all but this cluster is known. */
export interface Target {
  readonly geoTag: string;
  readonly state: MemberReport['state'] | 'others';
  readonly addresses: readonly string[];
  /** Why it does not answer; absent: it does, or that is not known. */
  readonly leftOut?: MemberReport['leftOut'];
}

/** Something that is wrong with what was looked at: exit code 3. */
export interface Problem {
  readonly code: 'refused' | 'pending' | 'unhealthy' | 'noAnswer' | 'peer';
  readonly context: string;
  /** Absent for a peer. */
  readonly namespace?: string;
  /** A host, `gslb/NAME`, or a peer's geotag. */
  readonly subject: string;
  /** A sentence that names the subject. */
  readonly message: string;
}
