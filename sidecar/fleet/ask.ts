/** Where a peer answers DNS. */
export interface Endpoint {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  readonly port: number;
}

/** One record type of one host at one peer: what is asked over and over. */
export interface Question {
  /** The host itself, without `localtargets-`; lower-case, no trailing dot. */
  readonly host: string;
  readonly type: 'A' | 'AAAA';
}

/** A question on its way. */
export interface Ask {
  readonly question: Question;
  readonly server: Endpoint;
  /** Of an awake clock. */
  readonly sentAtMs: number;
  /** 1, or more when earlier asks of the same question went unanswered. */
  readonly attempt: number;
}

/**
 * What a reply said, checked. `addresses`: NOERROR, none when there is no such record; `no-name`: NXDOMAIN,
 * true of both types; `error`: any other response code; `truncated`: alive, the answer follows over TCP.
 */
export type Reply =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'no-name' }
  | { readonly kind: 'error' }
  | { readonly kind: 'truncated' };
