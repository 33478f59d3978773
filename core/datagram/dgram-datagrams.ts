import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { putAddress } from '#core/wire/address.ts';
import { type Bind, type Datagrams, MOST_DATAGRAM_BYTES, SOCKET_BUFFER_BYTES } from './datagrams.ts';

/**
 * UDP through node:dgram: one datagram at a time, answered before the next is read. A reply that the kernel does not
 * take at once waits in a queue of at most 1,000 per socket; beyond that none are made, for clients ask again anyway.
 */
export const dgramDatagrams: Datagrams = {
  open: async (at, responder, onLost) => {
    const socket = await bound(at);
    const { sender, replyBytes } = responder;
    const shared = Buffer.alloc(replyBytes);
    let messages = 0;
    let isOpen = true;
    let closed: Promise<void> | undefined;

    const onMessage = (bytes: Buffer, from: RemoteInfo) => {
      const waiting = socket.getSendQueueCount();
      if (waiting >= MOST_WAITING) {
        responder.onTrouble('full');
        return;
      }
      const isTimed = messages % TIMED_ONE_IN === 0;
      const begin = performance.now();
      messages += 1;
      // libuv sends at once and then has no more use for the buffer, or it queues a reference to it.
      const out = waiting > 0 ? Buffer.alloc(replyBytes) : shared;
      putAddress(from.address, sender.address);
      sender.port = from.port;
      sender.receivedMs = begin;
      const length = responder.respond(bytes, Math.min(bytes.length, MOST_DATAGRAM_BYTES), out);
      if (length > 0) socket.send(out, 0, length, from.port, from.address);
      if (isTimed) responder.onBatch(1, (performance.now() - begin) / 1000);
    };

    socket.on('message', onMessage);
    socket.on('error', (error) => {
      if (isPassing(error)) responder.onTrouble('receive');
      else onLost(error);
    });
    return {
      port: socket.address().port,
      close: () => {
        closed ??= once(socket, 'close').then(() => undefined);
        if (isOpen) socket.close();
        isOpen = false;
        return closed;
      },
    };
  },
};

const MOST_WAITING = 1000;

/** Only some datagrams are timed to the end: a look at the clock costs half a hundredth of an answer. */
const TIMED_ONE_IN = 64;

async function bound({ address, port, shares = 'no' }: Bind): Promise<Socket> {
  if (shares !== 'first') return bind(address, port, shares === 'joins');
  // Node sets SO_REUSEPORT before it binds, which then succeeds beside any other such socket: whether the port is free
  // shows only without.
  const probe = await bind(address, port, false);
  const free = probe.address().port;
  await once(probe.close(), 'close');
  return bind(address, free, true);
}

async function bind(address: string, port: number, reusePort: boolean): Promise<Socket> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    reusePort,
    recvBufferSize: SOCKET_BUFFER_BYTES,
    sendBufferSize: SOCKET_BUFFER_BYTES,
    // Replies go to addresses, never to names: the ordinary lookup costs a tick of the event loop for each.
    lookup: (name, _options, done) => done(null, name, family),
  });
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address, port, exclusive: true });
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** What was reported about a reply of before (ICMP), or memory that was short: the next read may well succeed. */
function isPassing(error: NodeJS.ErrnoException): boolean {
  return passing.has(error.code ?? '');
}

const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'EPERM',
  'EMSGSIZE',
  'ENOBUFS',
  'ENOMEM',
  'EAGAIN',
]);
