import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import type { Access } from '#core/source/api-server/access.ts';

/** What a provider's API server made of a request. */
export type ProviderAnswer =
  | { readonly kind: 'response'; readonly response: IncomingMessage }
  | {
      readonly kind: 'upgraded';
      readonly response: IncomingMessage;
      readonly socket: Duplex;
      readonly head: Buffer;
    }
  /** 502 or 504, and a sentence that names the provider and its address. */
  | { readonly kind: 'failed'; readonly status: 502 | 504; readonly message: string };

export interface ProviderRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** What is passed on; authorization comes from the link. */
  readonly headers: OutgoingHttpHeaders;
}

const connectTimeoutMs = 5_000;
/** Logs of a busy container take a while to be found. */
const answerTimeoutMs = 30_000;

/**
 * Asks the provider of a link as our account there. A refused token is read anew once; an address that cannot be
 * connected to is left for the next one that the link knows. Never rejects; the signal ends it at any time.
 */
export async function callProvider(
  link: Pick<ProviderLink, 'clusterID' | 'credentials'>,
  call: ProviderRequest,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  const tried = new Set<string>();
  let tokenRefused = false;
  while (true) {
    let access: Access;
    try {
      access = await link.credentials.access();
    } catch (error) {
      return failed(502, link, `has no credentials: ${(error as Error).message}`);
    }
    if (access.proxyUrl !== undefined)
      return failed(502, link, 'is behind a proxy, which is not supported here');
    tried.add(access.server);
    const { answer, connected } = await send(link, access, call, signal);
    if (answer.kind === 'response' && answer.response.statusCode === 401 && !tokenRefused) {
      tokenRefused = true;
      answer.response.destroy();
    } else if (answer.kind !== 'failed' || connected || signal.aborted) return answer;
    else {
      link.credentials.forget();
      const next = await link.credentials.access().catch(() => undefined);
      if (next === undefined || tried.has(next.server)) return answer;
      continue;
    }
    link.credentials.forget();
  }
}

function send(
  link: Pick<ProviderLink, 'clusterID'>,
  { server, headers, tls }: Access,
  call: ProviderRequest,
  signal: AbortSignal,
): Promise<{ readonly answer: ProviderAnswer; readonly connected: boolean }> {
  const { origin, hostname, port, pathname } = new URL(server);
  return new Promise((resolve) => {
    let connected = false;
    const options: RequestOptions = {
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 443 : Number(port),
      path: `${pathname === '/' ? '' : pathname}${call.path}`,
      method: call.method,
      headers: { ...call.headers, ...headers },
      agent: false,
      signal,
      ...tls,
    };
    const outgoing = request(options);
    let timedOut = '';
    const timeOut = (what: string, afterMs: number) =>
      setTimeout(() => {
        timedOut = `${what} within ${afterMs / 1000} s`;
        outgoing.destroy();
      }, afterMs);
    let timer = timeOut('does not accept a connection', connectTimeoutMs);
    const settle = (answer: ProviderAnswer): void => {
      clearTimeout(timer);
      resolve({ answer, connected });
    };
    outgoing.once('socket', (socket) =>
      socket.once('secureConnect', () => {
        connected = true;
        clearTimeout(timer);
        timer = timeOut('does not answer', answerTimeoutMs);
      }),
    );
    // Also after it was settled: a connection that breaks later is seen where its bytes are read.
    outgoing.on('error', (error) =>
      settle(
        timedOut === ''
          ? failed(502, link, `at ${origin} cannot be asked: ${error.message}`)
          : failed(504, link, `at ${origin} ${timedOut}`),
      ),
    );
    outgoing.once('response', (response) => settle({ kind: 'response', response }));
    outgoing.once('upgrade', (response, socket, head) =>
      settle({ kind: 'upgraded', response, socket, head }),
    );
    outgoing.end();
  });
}

function failed(
  status: 502 | 504,
  { clusterID }: Pick<ProviderLink, 'clusterID'>,
  what: string,
): Extract<ProviderAnswer, { kind: 'failed' }> {
  return { kind: 'failed', status, message: `provider ${clusterID} ${what}` };
}
