/** Which cluster a failover host is with. The highest epoch wins, ties the lower geotag. */
export interface ActiveRecord {
  readonly geoTag: string;
  readonly epoch: number;
  /** ms since 1970. */
  readonly sinceMs: number;
  /** A sentence: why it went there. */
  readonly reason: string;
}
