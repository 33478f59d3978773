/** One set of addresses as an answer. `fixed`: in this order; `rotate`: from a random one on. Empty: NODATA. */
export type Leaf =
  | { readonly kind: 'fixed'; readonly addresses: readonly string[] }
  | { readonly kind: 'rotate'; readonly addresses: readonly string[] };

/** One of several sets is answered, alone: drawn by weight, per answer. Weights are whole and above 0. */
export interface Weighted {
  readonly kind: 'weighted';
  readonly among: readonly { readonly weight: number; readonly choice: Leaf }[];
}

/**
 * One of several sets is answered, alone: the same one for the same client network (weighted rendezvous hash of the
 * network and each key), so that a set that comes or goes moves only its own share of the clients.
 */
export interface ByHash {
  readonly kind: 'byHash';
  readonly ipv4Bits: number;
  readonly ipv6Bits: number;
  /** Key: geotag. Weights are whole and above 0. */
  readonly among: readonly { readonly key: string; readonly weight: number; readonly choice: Leaf }[];
}

/** By the place of the client in the database that is loaded; `otherwise` for a client that has none there. */
export interface ByPlace {
  readonly kind: 'byPlace';
  /** Of the database that the indexes refer to; with another one loaded, `otherwise` is answered. */
  readonly revision: number;
  /** Distinct. */
  readonly choices: readonly (Leaf | Weighted | ByHash)[];
  /** Index into `choices` by index of the place. */
  readonly choiceOfPlace: readonly number[];
  /** Index into `choices`. */
  readonly otherwise: number;
}

/** By the network of the client: the longest prefix that contains it counts. */
export interface ByNet {
  readonly kind: 'byNet';
  /** Distinct. */
  readonly choices: readonly (Leaf | Weighted | ByHash | ByPlace)[];
  /** Canonical prefixes with an index into `choices`. */
  readonly nets: readonly { readonly prefix: string; readonly choice: number }[];
  /** Index into `choices`, for clients in none of them. */
  readonly otherwise: number;
}

/** How one RRset is picked per query, as plain data: depends on 32 random bits and the client's network alone. */
export type Choice = Leaf | Weighted | ByHash | ByPlace | ByNet;

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
