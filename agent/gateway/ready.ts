import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { GatewayError } from './errors.ts';

/**
 * Answers GET /readyz with 200 once `isReady` says so, 503 before; /healthz always with 200. The caller closes it.
 * @throws GatewayError `listenFailed`
 */
export async function serveReadiness(
  { address, port }: { readonly address: string; readonly port: number },
  isReady: () => boolean,
): Promise<Server> {
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 2000, requestTimeout: 3000, keepAliveTimeout: 2000 },
    (request, response) => {
      const status =
        request.url === '/healthz' ? 200 : request.url !== '/readyz' ? 404 : isReady() ? 200 : 503;
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(status === 200 ? 'ok\n' : status === 503 ? 'no table is served yet\n' : 'not found\n');
    },
  );
  server.maxConnections = 64;
  server.listen(port, address);
  await once(server, 'listening').catch((cause: unknown) => {
    throw listenFailed(address, port, cause);
  });
  return server;
}

export function listenFailed(address: string, port: number, cause: unknown): GatewayError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return new GatewayError('listenFailed', `cannot listen on ${address} port ${port}: ${code}`, {
    hint: 'another process has that port, or the address is not of this machine',
    cause,
  });
}
