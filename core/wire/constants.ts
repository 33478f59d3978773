/** RR types and query types (IANA DNS parameters); `TSIG` and `OPT` are meta types, `AXFR` and on are only asked. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

/** Classes. NONE and ANY carry the special forms of UPDATE (RFC 2136 §2.4, §2.5). */
export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export const OPCODE = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/** Response codes. From 16 on they need the upper bits in the OPT record (RFC 6891 §6.1.3). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** Values of TSIG's error field (RFC 8945 §3); a number space shared with RCODE, but 16 means BADSIG here. */
export const TSIG_ERROR = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;

/** EDNS option codes. */
export const EDNS_OPTION = {
  NSID: 3,
  CLIENT_SUBNET: 8,
  COOKIE: 10,
  TCP_KEEPALIVE: 11,
  EXTENDED_ERROR: 15,
} as const;

/** Extended DNS error codes (RFC 8914 §4). */
export const EXTENDED_ERROR = {
  OTHER: 0,
  STALE_ANSWER: 3,
  NOT_READY: 14,
  BLOCKED: 15,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const;

/** Octets of a message header (RFC 1035 §4.1.1). */
export const HEADER_BYTES = 12;

/** UDP payload that is never fragmented on today's paths (DNS flag day 2020). */
export const SAFE_UDP_BYTES = 1232;

/** Payload of a requestor that speaks no EDNS (RFC 1035 §4.2.1). */
export const PLAIN_UDP_BYTES = 512;

const typeNames = namesOf(TYPE);
const rcodeNames = namesOf(RCODE);

/**
 * `A`, `TXT`, …; `TYPE65280` for one not listed (RFC 3597 §5).
 * @public the codec is used whole: transfers between clusters need it
 */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** `NOERROR`, `NOTZONE`, …; `RCODE11` for one not listed. */
export function rcodeName(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`;
}

function namesOf(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, value]) => [value, name]));
}
