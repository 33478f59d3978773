/**
 * `refused`: nothing listens there; `timeout`: no reply in time; `closed`: the server hung up without one;
 * `unreachable`: no route, or another error of the network; `aborted`: the caller gave up.
 */
export type ExchangeErrorCode = 'refused' | 'timeout' | 'closed' | 'unreachable' | 'aborted';

/** A question that got no reply. `message` has address, transport and the facts. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeErrorCode;
  readonly hint: string;

  constructor(code: ExchangeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hints[code];
  }
}

const hints: Readonly<Record<ExchangeErrorCode, string>> = {
  refused: 'Check that the DNS server runs and listens on this address and port.',
  timeout: 'Check that the server runs, and that no firewall drops port 53 (UDP and TCP) on the way.',
  closed:
    'The server closed the connection: its log says why (too many connections, or an address not allowed).',
  unreachable: 'Check the route to this address.',
  aborted: 'The program was stopping.',
};
