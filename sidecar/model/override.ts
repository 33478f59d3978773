/** What a person wants of a cluster, whatever its health: `drained` gets no clients while another cluster can. */
export interface Override {
  readonly state: 'drained';
  /** When it ends by itself, ms since 1970; Infinity: when it is taken away. */
  readonly untilMs: number;
  /** When it was first seen, ms since 1970. */
  readonly sinceMs: number;
  /** For people; may be empty. */
  readonly reason: string;
  /** Whether it holds although a safety rule speaks against it. */
  readonly breakGlass: boolean;
  /** `GslbCluster us` or `GslbPolicy web/canary`: where it stands. */
  readonly origin: string;
}
