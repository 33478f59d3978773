import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of the loopback that is free now, for UDP and for TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4');
    const server = createServer();
    try {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      await once(server.close(), 'close');
      return port;
    } catch {
      // Taken for TCP: another one.
    } finally {
      await once(socket.close(), 'close');
    }
  }
}
