/** One name server of a load-balanced zone, as the edge lists it. */
export interface Member {
  /** Lower-case, no trailing dot: `gslb-ns-<geotag>-<zone minus .parent, dots to dashes>.<parent>`. */
  readonly nsName: string;
  /** Undefined for an NS name that does not follow the pattern (somebody else's). */
  readonly geoTag: string | undefined;
  /** Its A and AAAA records at the edge, sorted. */
  readonly addresses: readonly string[];
}

/** The delegation of one zone as read from the edge (or made from `--peer`). */
export interface Delegation {
  readonly zone: string;
  /** Sorted by nsName. */
  readonly members: readonly Member[];
}

/**
 * TTL of the NS set of a zone and of the glue, at the parent and at the apex: the same in all clusters, since an
 * RRset has one TTL and the last writer's counts (RFC 2181 §5.2). It is k8gb's default (`NS_RECORD_TTL`).
 */
export const delegationTtlSeconds = 30;
