import type { Socket } from 'node:net';
import type { Answer } from './answerer.ts';
import { COUNTER, type Counters, count } from './counters.ts';
import { MAX_TCP_BYTES } from './query.ts';

/** What one client over TCP may take (RFC 7766 §6.2, RFC 9210 §4). */
export interface TcpLimits {
  /** Connections at once; one more closes the one that has been idle longest. Default 1000. */
  readonly connections: number;
  /** Connections at once of one client: an IPv4 address or an IPv6 /64. Default 100. */
  readonly connectionsPerClient: number;
  /** How long the first octet may take. Default 3 s. */
  readonly firstByteMs: number;
  /** How long until the next query is complete, or until the client has taken replies that wait. Default 10 s. */
  readonly idleMs: number;
  /** How often the two are looked at. Default 500 ms. */
  readonly sweepMs: number;
}

export const usualTcpLimits: TcpLimits = {
  connections: 1000,
  connectionsPerClient: 100,
  firstByteMs: 3000,
  idleMs: 10_000,
  sweepMs: 500,
};

export interface TcpConnection {
  /** Milliseconds of the same clock as `now`, after which it has had its time. */
  deadlineMs(): number;
  close(): void;
}

/**
 * Answers the queries of one connection, as many as come without waiting for replies (RFC 7766 §6.2.1.1). A client
 * that does not read its replies is no longer read from, so at most a socket buffer's worth waits for it. A client
 * that has ended its side still gets what it asked for.
 */
export function serveTcpConnection(
  socket: Socket,
  options: {
    readonly answer: Answer;
    readonly counters: Counters;
    readonly limits: TcpLimits;
    readonly now: () => number;
    /** Called when the client made use of the connection. */
    readonly onUse: () => void;
  },
): TcpConnection {
  const { answer, counters, limits, now, onUse } = options;
  const transport = socket.remoteFamily === 'IPv6' ? COUNTER.TCP6 : COUNTER.TCP4;
  let pending: Buffer = Buffer.alloc(0);
  let deadlineMs = now() + limits.firstByteMs;
  let isStarted = false;
  let isBlocked = false;
  let isEnded = false;

  const answerPending = () => {
    let at = 0;
    socket.cork();
    while (!isBlocked && at + 2 <= pending.length) {
      const size = pending.readUInt16BE(at);
      if (size > LONGEST_QUERY) {
        count(counters, COUNTER.TCP_TOO_LONG);
        socket.destroy();
        return;
      }
      const end = at + 2 + size;
      if (end > pending.length) break;
      isBlocked = !sendAnswer(socket, answer, pending.subarray(at + 2, end), transport);
      at = end;
    }
    socket.uncork();
    if (at === 0) return;
    deadlineMs = now() + limits.idleMs;
    // A copy, so that a few octets do not keep the whole chunk that they came in.
    pending = Buffer.from(pending.subarray(at));
    onUse();
  };

  const goOn = () => {
    answerPending();
    if (isBlocked) socket.pause();
    else if (isEnded) socket.end();
    else socket.resume();
  };

  socket.on('data', (chunk: Buffer) => {
    if (!isStarted) deadlineMs = now() + limits.idleMs;
    isStarted = true;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    goOn();
  });
  socket.on('drain', () => {
    isBlocked = false;
    deadlineMs = now() + limits.idleMs;
    goOn();
  });
  socket.on('end', () => {
    isEnded = true;
    if (!isBlocked) socket.end();
  });
  // A connection that breaks is the client's affair; 'close' follows.
  socket.on('error', () => undefined);
  socket.setNoDelay(true);
  return { deadlineMs: () => deadlineMs, close: () => socket.destroy() };
}

/**
 * Longest query that is read. Real ones have some hundred octets, also with cookie, padding and TSIG; what is longer
 * would only be refused (UPDATE, transfers) and costs memory per connection.
 */
const LONGEST_QUERY = 4096;

const reply = Buffer.alloc(MAX_TCP_BYTES);

/** False when the client should first read what it was sent. */
function sendAnswer(socket: Socket, answer: Answer, query: Buffer, transport: number): boolean {
  const length = answer(query, query.length, transport, reply);
  if (length === 0) return true;
  // One write, lest the length travel in a packet of its own (RFC 7766 §8).
  const framed = Buffer.allocUnsafe(2 + length);
  framed.writeUInt16BE(length);
  reply.copy(framed, 2, 0, length);
  return socket.write(framed);
}
