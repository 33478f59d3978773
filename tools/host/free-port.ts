import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** A port of an address (default: the loopback) that is free now, for UDP and for TCP. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const [port] = await freePorts(1, address);
  return port as number;
}

/** Several such ports. They differ: all are held until the last is found. */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<readonly number[]> {
  const held: (Socket | Server)[] = [];
  const ports: number[] = [];
  try {
    while (ports.length < count) {
      const socket = createSocket('udp4');
      const server = createServer();
      held.push(socket);
      socket.bind(0, address);
      await once(socket, 'listening');
      const { port } = socket.address();
      server.listen(port, address);
      const free = await once(server, 'listening').then(
        () => true,
        // Taken for TCP: another one.
        () => false,
      );
      if (!free) continue;
      held.push(server);
      ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(held.map((one) => once(one.close(), 'close')));
  }
}
