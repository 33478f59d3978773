import { uint32 } from '#core/wire/cursor.ts';

/**
 * What the table keeps of one existing name, as bytes: a fixed part, the name in lower-case wire form, then for each
 * address family a choice, and where one of these varies the row of its tally (`tallyRow`). The main thread compiles it
 * (`compile-name.ts`); the DNS thread copies it into its arena and fills in what only the table knows: children, zone,
 * flags.
 *
 * A choice is a tree of nodes (`CHOICE_KIND`), its root first. Offsets in it are reckoned from the root.
 */
export const ENTRY = {
  /** u32: the entry's whole length. */
  LENGTH: 0,
  /** u32: existing names directly below; kept by the table. */
  CHILDREN: 4,
  /** u16: index of the zone; kept by the table. */
  ZONE: 8,
  /** u8: `FLAG`s; the table adds APEX and WILDCARD_CHILD. */
  FLAGS: 10,
  /** u8: octets of the name, root label included. */
  NAME_LENGTH: 11,
  /** u32: TTL of the SOA in a NODATA answer. */
  NEGATIVE_TTL: 12,
  /** u32: offset of the A choice from the entry's start; 0: none. */
  A: 16,
  /** u32: the same for AAAA. */
  AAAA: 20,
  NAME: 24,
} as const;

export const FLAG = {
  /** The name has answers of its own; without it it only stands above one that has (RFC 8020), or is an apex. */
  DATA: 1,
  APEX: 2,
  /** A name `*` stands directly below (RFC 4592). */
  WILDCARD_CHILD: 4,
} as const;

/**
 * What a node is, its first octet. Numbers are in network order; `offset`: u32, of another node.
 *
 * - FIXED, ROTATE: u16 number of records; the records ready to be copied into an answer, each with the owner `c00c`,
 *   16 octets for A and 28 for AAAA.
 * - WEIGHTED, an alias table (Vose): u16 columns, u32 sum of the weights; of each column u32 the part of the sum that
 *   is its own, u16 the column that has the rest, `offset`.
 * - BY_HASH: u8 bits of an IPv4 network, u8 of an IPv6 one, u16 sets; of each 16 octets with the key of its hash, u32
 *   weight, `offset`.
 * - BY_PLACE: u32 revision of the place database, u32 places, u16 choices, u16 which of these for clients without a
 *   place; of each choice `offset`; of each place u16 which choice.
 * - BY_NET: `offset` for clients in no network, u32 IPv4 networks, u32 IPv6 ones; of each, sorted by address, then by
 *   length, 4 or 16 octets of address, u8 length, u32 index of the one around it plus one or 0, `offset`.
 */
export const CHOICE_KIND = { FIXED: 1, ROTATE: 2, WEIGHTED: 3, BY_HASH: 4, BY_PLACE: 5, BY_NET: 6 } as const;

/** Octets of a leaf before its records. */
export const LEAF_HEADER_BYTES = 3;

/** Octets of the other nodes before their parts, and of a part; an address goes before a part of BY_NET. */
export const WEIGHTED = { HEADER: 7, PART: 10 } as const;
export const BY_HASH = { HEADER: 5, PART: 24 } as const;
export const BY_PLACE = { HEADER: 13 } as const;
export const BY_NET = { HEADER: 13, PART: 9 } as const;

/** Octets of one record with owner `c00c`. */
export const RECORD_BYTES = { A: 16, AAAA: 28 } as const;

/** Compression pointer to the question's name, which always stands at 12 (RFC 1035 §4.1.4). */
export const POINTER_TO_QUESTION = 0xc00c;

/** Octets at the end of an entry with a choice that is no leaf: u32, the row in which its clients are counted. */
export const TALLY_ROW_BYTES = 4;

/** That row, of the entry at `entry`, which has such a choice. */
export function tallyRow(bytes: Uint8Array, entry: number): number {
  return uint32(bytes, entry + uint32(bytes, entry + ENTRY.LENGTH) - TALLY_ROW_BYTES);
}
