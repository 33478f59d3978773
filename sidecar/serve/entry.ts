/**
 * What the table keeps of one existing name, as bytes: a fixed part, the name in lower-case wire form, then for each
 * address family a choice. The main thread compiles it (`compile-name.ts`); the DNS thread copies it into its arena
 * and fills in what only the table knows: children, zone, flags.
 *
 * A choice is its kind (one octet), the number of records (two octets) and the records ready to be copied into an
 * answer, each with the owner `c00c`, 16 octets for A and 28 for AAAA.
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

export const CHOICE_KIND = { FIXED: 1, ROTATE: 2 } as const;

/** Octets of a choice before its records. */
export const CHOICE_HEADER_BYTES = 3;

/** Octets of one record with owner `c00c`. */
export const RECORD_BYTES = { A: 16, AAAA: 28 } as const;

/** Compression pointer to the question's name, which always stands at 12 (RFC 1035 §4.1.4). */
export const POINTER_TO_QUESTION = 0xc00c;
