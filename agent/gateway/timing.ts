/** All times and limits of a gateway; tests shorten some. */
export interface GatewayTiming {
  /** Between PINGs on each connection. */
  readonly pingEveryMs: number;
  /** So many PINGs in a row during which nothing at all arrived end a connection: with 250 ms after 0.75 s at most. */
  readonly missedPings: number;
  /** TCP and TLS towards a peer, and TLS of who connects to us. */
  readonly handshakeTimeoutMs: number;
  /** TCP to an endpoint. */
  readonly connectTimeoutMs: number;
  /** From opening a stream until the other gateway has answered, relay and connect included. */
  readonly answerTimeoutMs: number;
  /** Between tries to reach a peer. */
  readonly dial: { readonly minMs: number; readonly maxMs: number };
  /** Between tries to bind ports that could not be bound. */
  readonly bindAgainMs: number;
  /** Between reports when nothing changes. */
  readonly reportEveryMs: number;
  /** How long streams may go on after the signal. */
  readonly drainMs: number;
  /** Streams that may be open to and from one peer, either way counted by itself. */
  readonly maxStreams: number;
  /** Sessions that one peer may hold: several replicas of its gateway, forward and reverse. */
  readonly maxSessions: number;
  /** Bytes from one peer that are waiting for slow readers; beyond it the streams with most of them are cut. */
  readonly maxUnreadBytes: number;
}

export const gatewayTiming: GatewayTiming = {
  pingEveryMs: 250,
  missedPings: 2,
  handshakeTimeoutMs: 3000,
  connectTimeoutMs: 3000,
  answerTimeoutMs: 8000,
  dial: { minMs: 100, maxMs: 5000 },
  bindAgainMs: 1000,
  reportEveryMs: 1000,
  drainMs: 2000,
  maxStreams: 10_000,
  maxSessions: 64,
  maxUnreadBytes: 256 * 1024 * 1024,
};
