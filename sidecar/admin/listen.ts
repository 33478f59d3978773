import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminListenError } from './errors.ts';

/** An answer, whole. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A listener that runs until its signal aborts. */
export interface Listener {
  /** The bound port; the one asked for unless that was 0. */
  readonly port: number;
  /** Resolves when the signal has aborted and the port is free again. */
  readonly closed: Promise<void>;
}

/**
 * An HTTP/1.1 server for small read-only answers to GET: short timeouts, few connections. What `answer` throws
 * becomes a 500 with the message. @throws AdminListenError when the port cannot be had; its hint names `flag`.
 */
export async function listen(
  endpoint: { readonly address: string; readonly port: number },
  flag: string,
  answer: (request: IncomingMessage) => Reply | Promise<Reply>,
  signal: AbortSignal,
): Promise<Listener> {
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 2000, requestTimeout: 3000, keepAliveTimeout: 2000 },
    (request, response) => {
      void replyTo(request, answer).then((reply) => {
        response.writeHead(reply.status, {
          'content-type': reply.contentType,
          'content-length': Buffer.byteLength(reply.body),
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...reply.headers,
        });
        response.end(reply.body);
      });
    },
  );
  server.maxConnections = 64;
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  try {
    server.listen(endpoint.port, endpoint.address);
    await once(server, 'listening', { signal });
  } catch (cause) {
    server.close();
    signal.throwIfAborted();
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new AdminListenError(
      `cannot listen on ${endpoint.address} port ${endpoint.port}: ${code}`,
      code === 'EADDRINUSE'
        ? `another process has that port; give another one with ${flag}`
        : `give an address of this machine with ${flag}`,
      cause,
    );
  }
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener('abort', close, { once: true });
  return { port: (server.address() as AddressInfo).port, closed };
}

async function replyTo(
  request: IncomingMessage,
  answer: (request: IncomingMessage) => Reply | Promise<Reply>,
): Promise<Reply> {
  if (request.method !== 'GET')
    return { ...text(405, `${request.method} is not served here, only GET`), headers: { allow: 'GET' } };
  try {
    return await answer(request);
  } catch (error) {
    return text(500, error instanceof Error ? error.message : String(error));
  }
}

/** A reply of one line of plain text. */
export function text(status: number, line: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` };
}
