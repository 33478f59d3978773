import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import { NameTable } from './name-table.ts';

/**
 * Records ready to be copied into an answer, for any name in their zone. Names in them end with a pointer into the
 * question's name: `pointers` holds pairs of where such a pointer stands in `bytes`, and how many octets before the
 * end of the question's name it points to.
 */
export interface Template {
  readonly records: number;
  readonly bytes: Buffer;
  readonly pointers: Uint16Array;
}

/** The apex of a zone, compiled. */
export interface ServedZone {
  /** The SOA record, with the negative TTL as its TTL (RFC 2308 §3). */
  readonly soa: Template;
  /** Where in `soa` the TTL stands. */
  readonly soaTtlAt: number;
  readonly nameServers: Template;
  /** Seconds. */
  readonly negativeTtl: number;
}

/** All that the DNS thread answers from. */
export interface Served {
  /** False until zones are known: then every name is SERVFAIL, not REFUSED. */
  ready: boolean;
  readonly table: NameTable;
  /** By the index that entries hold. */
  readonly zones: ServedZone[];
  /** Names with answers of their own. */
  names: number;
  /** It comes from what was saved before a restart, and nobody has confirmed it yet. */
  saved: boolean;
  /** Where clients are, when a database says so. */
  places: NetworkTree | undefined;
}

/** Nothing yet. `seed` salts the table's hash. */
export function createServed(seed: number): Served {
  return { ready: false, table: new NameTable(seed), zones: [], names: 0, saved: false, places: undefined };
}
