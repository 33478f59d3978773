import { COUNTER, type Counters, count } from './counters.ts';
import type { TcpConnection, TcpLimits } from './tcp-connection.ts';

/** The open connections of all TCP sockets. */
export interface ConnectionPool {
  /** Takes in a new connection; the one that gives way for it is closed first. */
  add(connection: TcpConnection): void;
  /** Its client made use of it. */
  use(connection: TcpConnection): void;
  remove(connection: TcpConnection): void;
  /** More octets wait for clients of this process, or fewer. */
  addWaiting(bytes: number): void;
  /** How long a connection may idle as things are: what the keepalive option tells clients (RFC 7828). */
  idleMs(): number;
  /** Closes those that have had their time. */
  closeOverdue(nowMs: number): void;
}

/**
 * Keeps to `limits`. When there is one too many, the oldest that never had a query complete gives way, as long as
 * those are a quarter of all: half-open floods and clients that dribble octets compete with each other, not with
 * resolvers that keep a connection. Otherwise the one that has been idle longest does, so that a newcomer has the
 * time to ask.
 */
export function createConnectionPool(limits: TcpLimits, counters: Counters): ConnectionPool {
  // Each in the order of last use.
  const unused = new Set<TcpConnection>();
  const used = new Set<TcpConnection>();
  let waiting = 0;

  const size = () => unused.size + used.size;
  const remove = (connection: TcpConnection) => {
    if (!unused.delete(connection)) used.delete(connection);
    counters[COUNTER.TCP_OPEN] = size();
  };
  // Out of the list at once, for the system takes its time to say that it is closed.
  const close = (connection: TcpConnection, reason: number) => {
    count(counters, reason);
    remove(connection);
    connection.close();
  };
  const giveWay = () => {
    const group = used.size === 0 || unused.size * 4 > limits.connections ? unused : used;
    for (const connection of group) return close(connection, COUNTER.TCP_EVICTED);
  };
  const closeFullest = () => {
    let fullest: TcpConnection | undefined;
    for (const group of [unused, used])
      for (const connection of group)
        if (connection.waitingBytes() > (fullest?.waitingBytes() ?? 0)) fullest = connection;
    if (fullest !== undefined) close(fullest, COUNTER.TCP_OVERFULL);
  };
  const idleMs = () => (size() * 4 >= limits.connections * 3 ? limits.crowdedIdleMs : limits.idleMs);

  return {
    add: (connection) => {
      if (size() >= limits.connections) giveWay();
      unused.add(connection);
      counters[COUNTER.TCP_OPEN] = size();
    },
    use: (connection) => {
      if (!unused.delete(connection) && !used.delete(connection)) return;
      used.add(connection);
    },
    remove,
    addWaiting: (bytes) => {
      waiting += bytes;
      counters[COUNTER.TCP_WAITING_BYTES] = waiting;
      if (bytes > 0 && waiting > limits.waitingBytes) closeFullest();
    },
    idleMs,
    closeOverdue: (nowMs) => {
      const idle = idleMs();
      for (const group of [unused, used])
        for (const connection of group)
          if (connection.deadlineMs(idle) <= nowMs) close(connection, COUNTER.TCP_TIMED_OUT);
    },
  };
}
