import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { addressToBytes } from '#core/wire/address.ts';
import type { Answer } from './answerer.ts';
import { COUNTER, type Counters, count } from './counters.ts';
import type { OpenSocket } from './listeners.ts';
import { serveTcpConnection, type TcpConnection, type TcpLimits } from './tcp-connection.ts';

/**
 * DNS over TCP. The limits hold for all sockets that are opened with what is returned here. Closing a socket closes
 * its connections.
 */
export function tcpOver(options: {
  readonly answer: Answer;
  readonly counters: Counters;
  readonly limits: TcpLimits;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}): OpenSocket {
  const { answer, counters, limits, now } = options;
  // In the order of last use: the first has been idle longest.
  const connections = new Map<Socket, TcpConnection>();
  const perClient = new Map<string, number>();
  let sweep: NodeJS.Timeout | undefined;

  // Out of the list at once, for the system takes its time to say that it is closed.
  const drop = (socket: Socket, connection: TcpConnection, reason: number) => {
    count(counters, reason);
    connections.delete(socket);
    counters[COUNTER.TCP_OPEN] = connections.size;
    connection.close();
  };

  const dropOverdue = () => {
    const at = now();
    for (const [socket, connection] of connections)
      if (connection.deadlineMs() <= at) drop(socket, connection, COUNTER.TCP_TIMED_OUT);
  };

  const dropIdlest = () => {
    for (const [socket, connection] of connections) {
      drop(socket, connection, COUNTER.TCP_EVICTED);
      return;
    }
  };

  const forget = (socket: Socket, client: string) => {
    connections.delete(socket);
    counters[COUNTER.TCP_OPEN] = connections.size;
    const left = (perClient.get(client) ?? 1) - 1;
    if (left === 0) perClient.delete(client);
    else perClient.set(client, left);
    if (connections.size > 0) return;
    clearInterval(sweep);
    sweep = undefined;
  };

  const accept = (socket: Socket) => {
    const client = clientOf(socket);
    const ofClient = perClient.get(client) ?? 0;
    if (ofClient >= limits.connectionsPerClient) {
      count(counters, COUNTER.TCP_REFUSED);
      socket.destroy();
      return;
    }
    if (connections.size >= limits.connections) dropIdlest();
    count(counters, COUNTER.TCP_ACCEPTED);
    perClient.set(client, ofClient + 1);
    const connection = serveTcpConnection(socket, {
      answer,
      counters,
      limits,
      now,
      onUse: () => {
        if (connections.delete(socket)) connections.set(socket, connection);
      },
    });
    connections.set(socket, connection);
    counters[COUNTER.TCP_OPEN] = connections.size;
    socket.once('close', () => forget(socket, client));
    sweep ??= setInterval(dropOverdue, limits.sweepMs);
  };

  return async (address, port, onLost) => {
    const ours = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      ours.add(socket);
      socket.once('close', () => ours.delete(socket));
      accept(socket);
    });
    const bound = once(server, 'listening');
    server.listen({ host: address, port, ipv6Only: true, exclusive: true, backlog: 512 });
    await bound;
    server.on('error', onLost);
    const bind = server.address();
    return {
      port: bind === null || typeof bind === 'string' ? port : bind.port,
      close: async () => {
        const closed = once(server, 'close');
        server.close();
        for (const socket of ours) socket.destroy();
        await closed;
      },
    };
  };
}

/** Whose connection it is: an address, or the /64 of an IPv6 one, which is what one site has at least. */
function clientOf(socket: Socket): string {
  const octets = addressToBytes((socket.remoteAddress ?? '').replace(/%.*/, ''));
  return octets === undefined ? '' : Buffer.from(octets.subarray(0, 8)).toString('hex');
}
