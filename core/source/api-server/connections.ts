import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Access } from './access.ts';

const connectTimeoutMs = 10_000;
/** Below the 90 s after which an API server closes an idle connection, or a request would meet a closed one. */
const idleMs = 60_000;

/**
 * The connections to one API server, kept open between requests. New certificates get new connections; the old ones
 * close when their requests have ended.
 */
export class Connections {
  #open: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;
  /** Ends sockets that are still connecting: undici's destroy waits for those until their connect times out. */
  readonly #cut = new AbortController();

  dispatcher(access: Access): Dispatcher {
    const fingerprint = fingerprintOf(access);
    if (this.#open?.fingerprint !== fingerprint) {
      void this.#open?.dispatcher.close().catch(() => undefined);
      this.#open = { fingerprint, dispatcher: connect(access, this.#cut.signal) };
    }
    return this.#open.dispatcher;
  }

  /** Cuts every connection, with the requests on it; for good. */
  async destroy(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    const destroyed = open?.dispatcher.destroy();
    this.#cut.abort();
    await destroyed;
  }
}

function connect({ tls, proxyUrl }: Access, signal: AbortSignal): Dispatcher {
  const tcp = { timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: 30_000, signal };
  // Not HTTP/2: a watch has a connection of its own, and undici (8.12) leaves streams of requests that were aborted
  // while it connected without a listener, so that destroying the connections threw an uncaught ClientDestroyedError.
  const pool = { allowH2: false, keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs };
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: { ...tcp, ...tls } });
  if (proxyUrl.startsWith('socks')) return new Socks5ProxyAgent(proxyUrl, { ...pool, requestTls: tls });
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls: tls });
}

function fingerprintOf({ server, tls, proxyUrl }: Access): string {
  const hash = createHash('sha256');
  for (const [name, value] of Object.entries(tls)) hash.update(`${name}\0${String(value)}\0`);
  return `${server} ${proxyUrl} ${hash.digest('base64')}`;
}
