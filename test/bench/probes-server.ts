import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

/*
 * What is probed by the bench of probes, in a process of its own: an HTTP server that answers at once, and one that
 * takes requests and says nothing. Prints their ports as JSON.
 */

const answering = createHttpServer((_request, response) => response.end('ok'));
const silent = createServer();
for (const server of [answering, silent])
  server.on('connection', (socket) => socket.on('error', () => undefined).resume());
const portOf = async (server: typeof silent): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', 4_096, resolve));
  return (server.address() as AddressInfo).port;
};
const ports = { answering: await portOf(answering), silent: await portOf(silent) };
process.stdout.write(`${JSON.stringify(ports)}\n`);
