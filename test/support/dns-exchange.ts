import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The time as TSIG has it. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Sends one datagram and resolves with the first that comes back; rejects after 3 s. */
export async function askUdp(to: Endpoint, query: Uint8Array): Promise<Uint8Array> {
  const socket = createSocket('udp4');
  try {
    const reply = once(socket, 'message', { signal: AbortSignal.timeout(3000) });
    socket.send(query, to.port, to.address);
    const [bytes] = await reply;
    return bytes;
  } finally {
    socket.close();
  }
}

/** Sends one message over TCP and resolves with those that come back, until `isLast` says so; rejects after 3 s. */
export async function askTcp(
  to: Endpoint,
  query: Uint8Array,
  isLast: (reply: Uint8Array) => boolean = () => true,
): Promise<readonly Uint8Array[]> {
  const socket = connect({ host: to.address, port: to.port, signal: AbortSignal.timeout(3000) });
  const replies: Uint8Array[] = [];
  try {
    socket.write(framed(query));
    let rest = Buffer.alloc(0);
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const reply = rest.subarray(2, 2 + rest.readUInt16BE(0));
        rest = rest.subarray(2 + reply.length);
        replies.push(reply);
        if (isLast(reply)) return replies;
      }
    }
    throw new Error(`the connection ended after ${replies.length} messages`);
  } finally {
    socket.destroy();
  }
}

/** A server on a free loopback port, UDP and TCP, that answers each message with what `answer` makes of it. */
export interface Responder extends Endpoint, AsyncDisposable {
  /** Messages received so far. */
  readonly received: readonly Uint8Array[];
}

/** Answers with none, one or (over TCP) several messages. */
export async function startResponder(
  answer: (query: Uint8Array) => readonly Uint8Array[],
): Promise<Responder> {
  const received: Uint8Array[] = [];
  const answerTo = (query: Uint8Array) => {
    received.push(query);
    return answer(query);
  };
  const tcp = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const query = rest.subarray(2, 2 + rest.readUInt16BE(0));
        rest = rest.subarray(2 + query.length);
        for (const reply of answerTo(query)) socket.write(framed(reply));
      }
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  const udp = createSocket('udp4', (query, from) => {
    for (const reply of answerTo(query)) udp.send(reply, from.port, from.address);
  });
  udp.bind(address.port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    address: '127.0.0.1',
    port: address.port,
    received,
    [Symbol.asyncDispose]: async () => {
      udp.close();
      const closed = once(tcp, 'close');
      tcp.close();
      await closed;
    },
  };
}

function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
