import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '#test/support/dns-exchange.ts';

/** Asks one server many things at once over UDP and over one TCP connection. */
export interface Asker extends AsyncDisposable {
  /** The reply to `query`, whose id is chosen here; undefined when none came in time. */
  ask(query: Buffer, tcp: boolean): Promise<Buffer | undefined>;
}

/** `patienceMs`: how long to wait for a reply. At most 1,000 questions may be open. */
export async function openAsker(to: Endpoint, patienceMs: number): Promise<Asker> {
  const udp: UdpSocket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  udp.connect(to.port, to.address);
  await once(udp, 'connect');
  const waiting = new Map<number, (reply: Buffer | undefined) => void>();
  let lastId = 0;
  let tcp: Socket | undefined;

  const take = (reply: Buffer) => {
    if (reply.length >= 2) waiting.get(reply.readUInt16BE(0))?.(reply);
  };
  udp.on('message', take);
  // A refused datagram shows as a question without a reply.
  udp.on('error', () => undefined);

  const overTcp = (): Socket => {
    if (tcp?.writable) return tcp;
    const socket = connect({ host: to.address, port: to.port, noDelay: true });
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        take(Buffer.from(rest.subarray(2, 2 + rest.readUInt16BE(0))));
        rest = rest.subarray(2 + rest.readUInt16BE(0));
      }
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
    tcp = socket;
    return socket;
  };

  return {
    ask: (query, isTcp) =>
      new Promise((resolve) => {
        do lastId = (lastId + 1) & 0xffff;
        while (waiting.has(lastId));
        const id = lastId;
        const done = (reply: Buffer | undefined) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(reply);
        };
        const timer = setTimeout(done, patienceMs, undefined);
        waiting.set(id, done);
        const message = Buffer.from(query);
        message.writeUInt16BE(id, 0);
        if (!isTcp) udp.send(message);
        else {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(message.length);
          overTcp().write(Buffer.concat([length, message]));
        }
      }),
    [Symbol.asyncDispose]: async () => {
      tcp?.destroy();
      const closed = once(udp, 'close');
      udp.close();
      await closed;
    },
  };
}
