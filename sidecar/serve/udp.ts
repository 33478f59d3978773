import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { SAFE_UDP_BYTES } from '#core/wire/constants.ts';
import type { Answer } from './answerer.ts';
import { createClient, setAddress } from './client.ts';
import { COUNTER, type Counters, count, countBatch, IO_WAY } from './counters.ts';
import type { OpenSocket } from './listeners.ts';
import { isAnsweredPort } from './source-port.ts';

/**
 * UDP through node:dgram: one datagram at a time, answered before the next is read. The bind is exclusive, so a
 * taken port is seen. A reply that the kernel does not take at once waits in a queue of at most 1,000 per socket;
 * beyond that it is dropped, for the client asks again anyway.
 */
export function udpOver(answer: Answer, counters: Counters): OpenSocket {
  return async (address, port, onLost) => {
    const family = isIPv6(address) ? 6 : 4;
    const transport = family === 6 ? COUNTER.UDP6 : COUNTER.UDP4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      recvBufferSize: BUFFER_BYTES,
      sendBufferSize: BUFFER_BYTES,
      // Replies go to addresses, never to names: the ordinary lookup costs a tick of the event loop for each.
      lookup: (name, _options, done) => done(null, name, family),
    });
    const shared = Buffer.alloc(SAFE_UDP_BYTES);
    const client = createClient(transport);
    let untilTimed = TIMED_ONE_IN;

    const onMessage = (bytes: Buffer, from: RemoteInfo) => {
      if (!isAnsweredPort(from.port)) {
        count(counters, COUNTER.REFUSED_PORT);
        return;
      }
      const waiting = socket.getSendQueueCount();
      if (waiting >= MOST_WAITING) {
        count(counters, COUNTER.SEND_QUEUE_FULL);
        return;
      }
      // libuv sends at once and then has no more use for the buffer, or it queues a reference to it.
      const out = waiting > 0 ? Buffer.alloc(SAFE_UDP_BYTES) : shared;
      untilTimed -= 1;
      const beginMs = untilTimed === 0 ? performance.now() : 0;
      setAddress(client, from.address);
      client.port = from.port;
      const length = answer(bytes, bytes.length, client, out);
      if (length > 0) socket.send(out, 0, length, from.port, from.address);
      if (untilTimed === 0) {
        untilTimed = TIMED_ONE_IN;
        countBatch(counters, 1, (performance.now() - beginMs) / 1000);
      }
    };

    const bound = once(socket, 'listening');
    socket.bind({ address, port, exclusive: true });
    try {
      await bound;
    } catch (error) {
      socket.close();
      throw error;
    }
    counters[COUNTER.IO_WAY] = IO_WAY.DGRAM;
    socket.on('message', onMessage);
    socket.on('error', onLost);
    return {
      port: socket.address().port,
      close: async () => {
        const closed = once(socket, 'close');
        socket.close();
        await closed;
      },
    };
  };
}

/** What we would like; the kernel gives at most net.core.rmem_max and wmem_max. */
const BUFFER_BYTES = 4 * 1024 * 1024;

const MOST_WAITING = 1000;

/** Only some datagrams are timed: two looks at the clock cost a hundredth of an answer. */
const TIMED_ONE_IN = 64;
