import { putAddress } from '#core/wire/address.ts';
import { COUNTER } from './counters.ts';

/**
 * Who asks, and what was found out while answering. One is kept per socket or connection and filled over and over,
 * so that a query allocates nothing; nobody keeps anything of it.
 */
export interface Client {
  /** Set by I/O: one of the counters UDP4, UDP6, TCP4, TCP6. */
  transport: number;
  /** Set by I/O: the source address in the first 4 or 16 octets, as the transport says. */
  readonly address: Uint8Array;
  /** Set by I/O. */
  port: number;
  /** Set by I/O over UDP: milliseconds of a clock that never goes back; it may stand still within a batch. */
  receivedMs: number;
  /** Set by I/O: how long this TCP connection may idle (RFC 7828); 0 over UDP. */
  idleMs: number;

  /** Set by the answerer: the query has a server cookie that we gave to this address (RFC 7873). */
  cookieValid: boolean;
  /** Set by the answerer: what kind of reply it is, one of RRL_KIND. */
  rrlKind: number;
  /** Set by the answerer: what it is about, where that makes a difference: an entry, a zone. Any 32 bits. */
  rrlSubject: number;
  /** Set by the answerer: response code of the reply, all twelve bits. */
  rcode: number;
}

/** What response rate limiting tells apart, as BIND does. */
export const RRL_KIND = { ANSWER: 0, NODATA: 1, NXDOMAIN: 2, ERROR: 3 } as const;

export function createClient(transport: number): Client {
  return {
    transport,
    address: new Uint8Array(16),
    port: 0,
    receivedMs: 0,
    idleMs: 0,
    cookieValid: false,
    rrlKind: RRL_KIND.ERROR,
    rrlSubject: 0,
    rcode: 0,
  };
}

export function isOverTcp(client: Client): boolean {
  return client.transport === COUNTER.TCP4 || client.transport === COUNTER.TCP6;
}

export function isIpv4(client: Client): boolean {
  return client.transport === COUNTER.UDP4 || client.transport === COUNTER.TCP4;
}

/** Fills in an address that the system gave as text; a zone id (`%eth0`) is left out. */
export function setAddress(client: Client, text: string): void {
  putAddress(text, client.address);
}
