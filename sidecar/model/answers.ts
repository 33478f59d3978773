/**
 * How one RRset is picked per query, as plain data. `fixed`: all addresses in this order; `rotate`: all
 * addresses, starting at a random one. An empty list is NODATA.
 */
export type Choice =
  | { readonly kind: 'fixed'; readonly addresses: readonly string[] }
  | { readonly kind: 'rotate'; readonly addresses: readonly string[] };

/** All that one owner name answers. Other types of the name are NODATA. */
export interface NameAnswers {
  /** Owner: lower-case, no trailing dot; the first label may be `*` (RFC 4592). */
  readonly name: string;
  /** The zone that it belongs to; must be among the zones served. */
  readonly zone: string;
  /** IPv4 addresses. */
  readonly a: Choice;
  /** IPv6 addresses. */
  readonly aaaa: Choice;
  readonly ttlSeconds: number;
  /** TTL of the SOA in a NODATA answer for this name (RFC 2308). */
  readonly negativeTtlSeconds: number;
}

/** The apex of one zone. */
export interface ZoneAnswers {
  /** Lower-case, no trailing dot. */
  readonly name: string;
  /** Name server names, sorted, identical to the delegation at the parent; never empty. MNAME is the first. */
  readonly nameServers: readonly string[];
  /** TTL of the NS RRset, seconds. */
  readonly nsTtlSeconds: number;
  /** SOA MINIMUM, and TTL of the SOA in negative answers, seconds. */
  readonly negativeTtlSeconds: number;
  /** SOA serial; moves with content (RFC 1982). */
  readonly serial: number;
}

/** A change of what is served: absent names stay as they are. */
export interface AnswersPatch {
  /** All zones, when any changed. */
  readonly zones?: readonly ZoneAnswers[];
  readonly names: readonly NameAnswers[];
  /** Owner names to remove. */
  readonly removed: readonly string[];
  /**
   * Whether answers come from state that was saved before a restart and that nobody has confirmed yet; they say so
   * (RFC 8914, Stale Answer). Absent: as before, at first false.
   */
  readonly saved?: boolean;
}
