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
