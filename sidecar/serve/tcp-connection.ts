import type { Socket } from 'node:net';
import type { Answer } from './answerer.ts';
import { type Client, createClient, setAddress } from './client.ts';
import { COUNTER, type Counters, count } from './counters.ts';
import { MAX_TCP_BYTES } from './query.ts';
import type { Turns } from './turns.ts';

/** What clients over TCP may take (RFC 7766 §6.2, RFC 9210 §4). */
export interface TcpLimits {
  /** Connections at once; one more closes another (`createConnectionPool`). Default 1000. */
  readonly connections: number;
  /** Connections at once of one client: an IPv4 address or an IPv6 /64. Default 100. */
  readonly connectionsPerClient: number;
  /** How long the first octet may take. Default 3 s. */
  readonly firstByteMs: number;
  /** How long until the next query is complete, or until the client has taken replies that wait. Default 10 s. */
  readonly idleMs: number;
  /** The same while three quarters of all connections are taken. Default 2 s. */
  readonly crowdedIdleMs: number;
  /**
   * Octets that wait in this process at once, of replies not taken and queries not answered; beyond it the connection
   * with the most is closed. One connection has 128 KiB at most. Default 16 MiB.
   */
  readonly waitingBytes: number;
  /** Queries of one connection that are answered before others have their turn. Default 16. */
  readonly answersPerTurn: number;
  /** Turns of all connections before UDP has its own: it waits for a millisecond or so. Default 8. */
  readonly turnsPerRound: number;
  /** How often times are looked at. Default 500 ms. */
  readonly sweepMs: number;
}

export const usualTcpLimits: TcpLimits = {
  connections: 1000,
  connectionsPerClient: 100,
  firstByteMs: 3000,
  idleMs: 10_000,
  crowdedIdleMs: 2000,
  waitingBytes: 16 * 1024 * 1024,
  answersPerTurn: 16,
  turnsPerRound: 8,
  sweepMs: 500,
};

export interface TcpConnection {
  /** Milliseconds of the same clock as `now`, after which it has had its time, given how long it may idle. */
  deadlineMs(idleMs: number): number;
  /** Octets of it that wait in this process. */
  waitingBytes(): number;
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
    /** Called when the client made use of the connection: it asked, or took a reply. */
    readonly onUse: () => void;
    /** Called when more or less of it waits. */
    readonly onWaiting: (bytesMore: number) => void;
    /** How long connections may idle now. */
    readonly idleMs: () => number;
    readonly turns: Turns;
  },
): TcpConnection {
  const { answer, counters, limits, now, onUse, onWaiting, idleMs, turns } = options;
  const client = createClient(socket.remoteFamily === 'IPv6' ? COUNTER.TCP6 : COUNTER.TCP4);
  setAddress(client, socket.remoteAddress ?? '');
  client.port = socket.remotePort ?? 0;
  let pending: Buffer = Buffer.alloc(0);
  const openedMs = now();
  let usedMs = openedMs;
  let isStarted = false;
  let isBlocked = false;
  let isEnded = false;
  let waiting = 0;
  let isInQueue = false;

  /** Answers whole queries until all are answered, the client must read first, or it was its turn long enough. */
  const answerPending = () => {
    let at = 0;
    let left = limits.answersPerTurn;
    client.idleMs = idleMs();
    socket.cork();
    while (!isBlocked && left > 0 && at + 2 <= pending.length) {
      const size = pending.readUInt16BE(at);
      if (size > LONGEST_QUERY) {
        count(counters, COUNTER.TCP_TOO_LONG);
        socket.destroy();
        return;
      }
      const end = at + 2 + size;
      if (end > pending.length) break;
      isBlocked = !sendAnswer(socket, answer, pending.subarray(at + 2, end), client);
      at = end;
      left -= 1;
    }
    socket.uncork();
    if (at === 0) return;
    usedMs = now();
    // At the end a copy, so that a few octets do not keep the whole chunk that they came in.
    pending = left === 0 ? pending.subarray(at) : Buffer.from(pending.subarray(at));
    if (left === 0 && !isBlocked) queueUp();
    onUse();
  };

  const queueUp = () => {
    isInQueue = true;
    turns.request(takeTurn);
  };

  const takeTurn = () => {
    isInQueue = false;
    if (!socket.destroyed) answerPending();
    if (socket.destroyed) return;
    if (isBlocked || isInQueue) socket.pause();
    else if (isEnded) socket.end();
    else socket.resume();
    tellWaiting();
  };

  const tellWaiting = (bytes = pending.length + socket.readableLength + socket.writableLength) => {
    const more = bytes - waiting;
    waiting = bytes;
    if (more !== 0) onWaiting(more);
  };

  socket.on('data', (chunk: Buffer) => {
    if (!isStarted) usedMs = now();
    isStarted = true;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (isInQueue) {
      socket.pause();
      tellWaiting();
    } else queueUp();
  });
  socket.on('drain', () => {
    isBlocked = false;
    usedMs = now();
    onUse();
    queueUp();
  });
  socket.on('end', () => {
    isEnded = true;
    if (!isBlocked && !isInQueue) socket.end();
  });
  socket.on('close', () => {
    turns.cancel(takeTurn);
    tellWaiting(0);
  });
  // A connection that breaks is the client's affair; 'close' follows.
  socket.on('error', () => undefined);
  socket.setNoDelay(true);
  return {
    deadlineMs: (idleMs) => (isStarted ? usedMs + idleMs : openedMs + limits.firstByteMs),
    waitingBytes: () => waiting,
    close: () => {
      // At once, for 'close' comes later.
      tellWaiting(0);
      socket.destroy();
    },
  };
}

/**
 * Longest query that is read. Real ones have some hundred octets, also with cookie, padding and TSIG; what is longer
 * would only be refused (UPDATE, transfers) and costs memory per connection.
 */
const LONGEST_QUERY = 4096;

const reply = Buffer.alloc(MAX_TCP_BYTES);

/** False when the client should first read what it was sent. */
function sendAnswer(socket: Socket, answer: Answer, query: Buffer, client: Client): boolean {
  const length = answer(query, query.length, client, reply);
  if (length === 0) return true;
  // One write, lest the length travel in a packet of its own (RFC 7766 §8).
  const framed = Buffer.allocUnsafe(2 + length);
  framed.writeUInt16BE(length);
  reply.copy(framed, 2, 0, length);
  return socket.write(framed);
}
