import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Endpoint } from './flags.ts';

/** GET /healthz: 200 while the process runs. GET /readyz: 200, or 503 with what is waited for. */
export async function startHealth(
  endpoint: Endpoint,
  notReady: () => readonly string[] | string,
  signal: AbortSignal,
): Promise<void> {
  const server = createServer({ requestTimeout: 3000, headersTimeout: 2000 }, ({ url }, response) => {
    const waiting = url === '/readyz' ? [notReady()].flat() : [];
    const known = url === '/readyz' || url === '/healthz';
    response.writeHead(known ? (waiting.length === 0 ? 200 : 503) : 404, { 'content-type': 'text/plain' });
    response.end(`${known ? waiting.join('\n') || 'ok' : 'served here: /readyz, /healthz'}\n`);
  });
  server.maxConnections = 32;
  server.listen(endpoint.port, endpoint.address);
  await once(server, 'listening', { signal });
  signal.addEventListener(
    'abort',
    () => {
      server.close();
      server.closeAllConnections();
    },
    { once: true },
  );
}
