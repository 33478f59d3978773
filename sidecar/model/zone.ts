/** A load-balanced zone and the zone at the edge that delegates it (from a ZoneDelegation). Names: lower-case, no trailing dot. */
export interface Zone {
  readonly name: string;
  readonly parent: string;
  /** Upper bound of the negative TTL (RFC 2308) of this zone, seconds. */
  readonly negativeTtlSeconds: number;
}
