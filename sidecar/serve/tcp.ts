import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { SetKernelBuffers } from '#core/datagram/kernel-buffers.ts';
import { addressToBytes } from '#core/wire/address.ts';
import type { Answer } from './answerer.ts';
import { createConnectionPool } from './connection-pool.ts';
import { COUNTER, type Counters, count } from './counters.ts';
import type { OpenSocket } from './listeners.ts';
import { serveTcpConnection, type TcpConnection, type TcpLimits } from './tcp-connection.ts';
import { createTurns } from './turns.ts';

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
  /** Bounds the kernel's buffers of connections, where that can be done. */
  readonly setKernelBuffers?: SetKernelBuffers | undefined;
}): OpenSocket {
  const { answer, counters, limits, now, setKernelBuffers } = options;
  const pool = createConnectionPool(limits, counters);
  const turns = createTurns(limits.turnsPerRound);
  const perClient = new Map<string, number>();
  let sweep: NodeJS.Timeout | undefined;

  const forget = (connection: TcpConnection, client: string) => {
    pool.remove(connection);
    const left = (perClient.get(client) ?? 1) - 1;
    if (left === 0) perClient.delete(client);
    else perClient.set(client, left);
    if (perClient.size > 0) return;
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
    count(counters, COUNTER.TCP_ACCEPTED);
    perClient.set(client, ofClient + 1);
    const connection = serveTcpConnection(socket, {
      answer,
      counters,
      limits,
      now,
      onUse: () => pool.use(connection),
      onWaiting: pool.addWaiting,
      idleMs: pool.idleMs,
      turns,
    });
    pool.add(connection);
    socket.once('close', () => forget(connection, client));
    sweep ??= setInterval(() => pool.closeOverdue(now()), limits.sweepMs);
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
    setKernelBuffers?.(descriptorOf(server), SEND_BUFFER_BYTES, RECEIVE_BUFFER_BYTES);
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

/**
 * What the kernel keeps of replies that a client has not taken, and of queries that we have not read, each doubled by
 * it: a thousand clients that never read then cost 100 MB, instead of as many times 4 MB.
 */
const SEND_BUFFER_BYTES = 32 * 1024;
const RECEIVE_BUFFER_BYTES = 16 * 1024;

/** Node.js has no public way to a listening socket's descriptor; -1, with which nothing can be done, without it. */
function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle?: { readonly fd?: number } })._handle?.fd ?? -1;
}

/** Whose connection it is: an address, or the /64 of an IPv6 one, which is what one site has at least. */
function clientOf(socket: Socket): string {
  const octets = addressToBytes((socket.remoteAddress ?? '').replace(/%.*/, ''));
  return octets === undefined ? '' : Buffer.from(octets.subarray(0, 8)).toString('hex');
}
