import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import {
  adminApiVersion,
  type Explanation,
  type Health,
  type HostList,
  type PeerList,
  type Readiness,
} from '#core/admin/schema.ts';
import { type Listener, listen, type Reply, text } from './listen.ts';

export interface AdminOptions {
  /** A loopback address. Default 127.0.0.1 port 8053; port 0 takes a free one. */
  readonly listen?: { readonly address: string; readonly port: number };
  /** Of the program, for example v0.1.0. */
  readonly version: string;
  /** What only a new process can mend, a sentence each; empty when well. */
  unhealthy(): readonly string[];
  hosts(): HostList;
  peers(): PeerList;
  /** Why a host (lower-case, no trailing dot) answers as it does; for this client, else for any. */
  explain(host: string, client: string | undefined): Explanation;
  /** What is still awaited before this replica serves what it should, a sentence each; empty when ready. */
  notReady(): readonly string[];
}

/**
 * Serves the read-only admin endpoint on loopback until the signal aborts: GET /hosts, /peers,
 * /explain, /health, /ready.
 * Whoever reaches the node's loopback, or may port-forward to the pod, can read it, so nothing secret is in it. A
 * request whose Host is not the loopback is refused (a web page that rebinds its name to 127.0.0.1).
 * @throws AdminListenError when the port cannot be had.
 */
export async function startAdmin(options: AdminOptions, signal: AbortSignal): Promise<Listener> {
  const endpoint = options.listen ?? { address: '127.0.0.1', port: 8053 };
  const names = new Set(['localhost', '127.0.0.1', '[::1]', hostOf(endpoint.address)]);
  return listen(endpoint, '--admin', (request) => answer(request, names, options), signal);
}

function answer(request: IncomingMessage, names: ReadonlySet<string>, options: AdminOptions): Reply {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!names.has(host)) return text(403, 'the Host of this request is not the loopback');
  switch ((request.url ?? '').replace(/\?.*$/, '')) {
    case '/hosts':
      return json(200, options.hosts());
    case '/peers':
      return json(200, options.peers());
    case '/explain':
      return explain(request.url ?? '', options);
    case '/health': {
      const reasons = options.unhealthy();
      const body: Health = { apiVersion: adminApiVersion, kind: 'Health', version: options.version, reasons };
      return json(reasons.length === 0 ? 200 : 503, body);
    }
    case '/ready': {
      const reasons = options.notReady();
      const ready = reasons.length === 0;
      const body: Readiness = { apiVersion: adminApiVersion, kind: 'Readiness', ready, reasons };
      return json(ready ? 200 : 503, body);
    }
    default:
      return text(404, 'served here: /hosts /peers /explain?host=HOST /health /ready');
  }
}

function explain(url: string, options: AdminOptions): Reply {
  const parameters = new URL(url, 'http://localhost').searchParams;
  const host = (parameters.get('host') ?? '').toLowerCase().replace(/\.$/, '');
  const client = parameters.get('client') ?? undefined;
  if (host === '' || host.length > 253) return text(400, 'host is to be a name of at most 253 octets');
  if (client !== undefined && isIP(client) === 0) return text(400, 'client is to be an IP address');
  return json(200, options.explain(host, client));
}

function json(status: number, value: Explanation | HostList | PeerList | Readiness | Health): Reply {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
