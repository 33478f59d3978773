import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { cachedAuthorization, type User } from './authorization.ts';
import { KubeletError } from './errors.ts';
import { type KubeletRequest, type PodRequest, parseKubeletRequest } from './kubelet-request.ts';
import { callProvider } from './provider-call.ts';

/** Who runs a pod of this cluster. */
export interface PodTarget {
  readonly link: Pick<ProviderLink, 'clusterID' | 'credentials' | 'signal'>;
  /** Namespace of its twin there; its name is the same. */
  readonly remoteNamespace: string;
}

interface ServingKey {
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface KubeletOptions {
  /** Port 10250 on nodes. */
  readonly listen: { readonly address: string; readonly port: number };
  /** Asked every 5 s: a renewed certificate is taken for new connections. */
  readonly tls: () => ServingKey;
  /** PEM of extension-apiserver-authentication/client-ca-file; asked every 5 s. Empty: everybody gets 401. */
  readonly clientCa: () => string;
  /** Whether the user may do everything with `nodes/proxy` (exec comes as GET too: ask for verb `create`). */
  readonly authorize: (user: User, signal: AbortSignal) => Promise<boolean>;
  /** Undefined for pods that no provider runs. */
  readonly podTarget: (namespace: string, pod: string) => PodTarget | undefined;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface Kubelet {
  /** The bound port. */
  readonly port: number;
  /** Resolves when the signal has aborted and every connection is closed. */
  readonly closed: Promise<void>;
}

const rereadMs = 5_000;
const maxConnections = 1000;
/** The command of an exec stands in the request line. */
const maxHeaderBytes = 65_536;

/**
 * What the API server takes for the kubelet of virtual nodes: logs, exec, attach and port-forward are passed on to
 * the provider's API server, byte for byte once they are accepted. Demands a certificate of the cluster's client CA
 * (401) of somebody who may use `nodes/proxy` (403); bearer tokens are not taken. `/metrics/resource` is a valid
 * exposition without any pod: usage of pods elsewhere is not measured here. Runs until the signal aborts.
 * @throws KubeletError `listenFailed`
 */
export async function startKubelet(options: KubeletOptions, signal: AbortSignal): Promise<Kubelet> {
  const { listen, log, now } = options;
  let held = material(options);
  const server = createServer({
    ...context(held),
    requestCert: true,
    // Who has no good certificate is told so, with 401.
    rejectUnauthorized: false,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    handshakeTimeout: 10_000,
  });
  server.maxConnections = maxConnections;
  const authorize = cachedAuthorization((user) => options.authorize(user, signal), now);
  const admit = (request: IncomingMessage) => judge(request, held.ca !== '', authorize, log);
  server.on('request', (request, response) => void answer(request, response, admit, options, signal));
  server.on(
    'upgrade',
    (request, socket, head) => void upgrade(request, socket, head, admit, options, signal),
  );
  server.on('tlsClientError', (error) =>
    log.debug({ error }, 'a TLS handshake with the kubelet endpoint failed'),
  );
  // Upgraded sockets are no longer the server's; they too end with it.
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  await bind(server, listen);
  const timer = setInterval(() => {
    const next = material(options);
    if (JSON.stringify(next) === JSON.stringify(held)) return;
    try {
      server.setSecureContext(context(next));
      held = next;
    } catch (error) {
      log.error({ error }, 'the certificate of the kubelet endpoint, or the client CA, cannot be used');
    }
  }, rereadMs);
  const close = (): void => {
    clearInterval(timer);
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return { port: (server.address() as AddressInfo | null)?.port ?? listen.port, closed };
}

type Verdict =
  | { readonly kind: 'go'; readonly request: KubeletRequest }
  | { readonly kind: 'no'; readonly status: number; readonly message: string };

async function judge(
  request: IncomingMessage,
  hasAuthority: boolean,
  authorize: (user: User) => Promise<boolean>,
  log: Logger,
): Promise<Verdict> {
  const user = hasAuthority ? userOf(request.socket as TLSSocket) : undefined;
  if (user === undefined) return no(401, "a certificate of the cluster's client CA is needed here");
  try {
    if (!(await authorize(user))) return no(403, `${user.name} may not use nodes/proxy`);
  } catch (error) {
    log.warn({ user: user.name, error }, 'who asks the kubelet endpoint cannot be authorized');
    return no(503, 'whether you may do this cannot be found out now');
  }
  const parsed = parseKubeletRequest(request.method ?? '', request.url ?? '');
  return parsed.of === 'refused' ? no(parsed.status, parsed.message) : { kind: 'go', request: parsed };
}

function no(status: number, message: string): Verdict {
  return { kind: 'no', status, message };
}

function userOf(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  // A subject may hold an attribute several times; typings do not say so.
  const [name, ...others] = [subject?.CN ?? []].flat();
  if (!name || others.length > 0) return undefined;
  return { name, groups: [subject.O ?? []].flat() };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  admit: (request: IncomingMessage) => Promise<Verdict>,
  options: KubeletOptions,
  signal: AbortSignal,
): Promise<void> {
  request.resume();
  const say = (status: number, text: string, contentType = 'text/plain; charset=utf-8'): void => {
    if (response.destroyed || response.headersSent) return;
    response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
    response.end(text);
  };
  const verdict = await admit(request);
  if (verdict.kind === 'no') return say(verdict.status, `${verdict.message}\n`);
  const { request: asked } = verdict;
  if (asked.of === 'health') return say(200, 'ok');
  if (asked.of === 'metrics') return say(200, noPods, 'text/plain; version=0.0.4; charset=utf-8');
  if (asked.of !== 'pod') return say(404, 'not found\n');
  if (asked.kind !== 'log') return say(400, 'this needs an upgraded connection (SPDY/3.1 or WebSocket)\n');
  const target = options.podTarget(asked.namespace, asked.pod);
  if (target === undefined) return say(404, `${notHere(asked)}\n`);
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const call = { method: 'GET', path: remotePath(asked, target), headers: {} };
  const ending = AbortSignal.any([ended.signal, signal, target.link.signal]);
  const got = await callProvider(target.link, call, ending);
  if (got.kind === 'failed') return say(got.status, `${got.message}\n`);
  const { statusCode = 502, headers } = got.response;
  if (got.kind === 'upgraded' || statusCode < 200 || statusCode > 299) {
    const reason = await reasonIn(got.response);
    if (got.kind === 'upgraded') got.socket.destroy();
    return say(statusCode < 400 ? 502 : statusCode, `provider ${target.link.clusterID}: ${reason}\n`);
  }
  response.writeHead(200, { 'content-type': headers['content-type'] ?? 'text/plain' });
  response.flushHeaders();
  // A log that breaks off ends the connection without its last chunk: the reader sees that it is not whole.
  pipeline(got.response, response, () => undefined);
}

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  admit: (request: IncomingMessage) => Promise<Verdict>,
  options: KubeletOptions,
  signal: AbortSignal,
): Promise<void> {
  socket.on('error', () => undefined);
  const verdict = await admit(request);
  if (verdict.kind === 'no') return refuse(socket, verdict.status, verdict.message);
  const { request: asked } = verdict;
  if (asked.of !== 'pod' || asked.kind === 'log')
    return refuse(socket, 400, 'there is nothing to upgrade to');
  const target = options.podTarget(asked.namespace, asked.pod);
  if (target === undefined) return refuse(socket, 404, notHere(asked));
  const ended = new AbortController();
  socket.once('close', () => ended.abort());
  if (socket.destroyed) return;
  const ending = AbortSignal.any([ended.signal, signal, target.link.signal]);
  const call = {
    method: request.method ?? 'POST',
    path: remotePath(asked, target),
    headers: { connection: 'Upgrade', ...pick(request, upgradeRequestHeaders) },
  };
  const got = await callProvider(target.link, call, ending);
  if (got.kind === 'failed') return refuse(socket, got.status, got.message);
  if (got.kind === 'response') {
    const { statusCode = 502 } = got.response;
    const reason = await reasonIn(got.response);
    return refuse(
      socket,
      statusCode < 400 ? 502 : statusCode,
      `provider ${target.link.clusterID}: ${reason}`,
    );
  }
  if (socket.destroyed) {
    got.socket.destroy();
    return;
  }
  socket.write(headText(101, { connection: 'Upgrade', ...pick(got.response, upgradeResponseHeaders) }));
  tie(socket, got.socket, ending);
  if (got.head.length > 0) socket.write(got.head);
  if (head.length > 0) got.socket.write(head);
}

/** Pipes both ways; whichever ends, both do. What ends it is no news: kubectl goes away, a command exits. */
function tie(near: Duplex, far: Duplex, ending: AbortSignal): void {
  const end = (): void => {
    near.destroy();
    far.destroy();
  };
  for (const [side, other] of [
    [near, far],
    [far, near],
  ] as const) {
    side.on('error', end);
    // What was read before is still written.
    side.once('close', () => other.end(() => other.destroy()));
    side.pipe(other);
  }
  ending.addEventListener('abort', end, { once: true });
  if (ending.aborted) end();
}

const upgradeRequestHeaders = [
  'upgrade',
  'x-stream-protocol-version',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];
const upgradeResponseHeaders = [
  'upgrade',
  'x-stream-protocol-version',
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];

function pick({ headersDistinct }: IncomingMessage, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(
    names.flatMap((name) => (headersDistinct[name] ? [[name, headersDistinct[name]]] : [])),
  );
}

function headText(status: number, headers: OutgoingHttpHeaders): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}`),
  );
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', ''].join('\r\n');
}

function refuse(socket: Duplex, status: number, message: string): void {
  if (socket.destroyed) return;
  const body = `${message}\n`;
  const head = headText(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  socket.end(head + body);
}

function remotePath({ kind, pod, query }: PodRequest, { remoteNamespace }: PodTarget): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(remoteNamespace)}/pods/${encodeURIComponent(pod)}/${kind}`;
  return query.size === 0 ? path : `${path}?${query}`;
}

function notHere({ namespace, pod }: PodRequest): string {
  return `pod ${namespace}/${pod} does not run at a provider: it was not sent (a DaemonSet's pod), or is not there yet`;
}

const maxReasonBytes = 64 * 1024;

/** The message of a metav1.Status, or the beginning of whatever came. */
async function reasonIn(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += chunk;
      if (text.length > maxReasonBytes) break;
    }
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON, or cut off: what came is said.
  }
  return text.trim().slice(0, 1000) || `${response.statusCode} without a reason`;
}

function material({ tls, clientCa }: KubeletOptions): ServingKey & { readonly ca: string } {
  return { ...tls(), ca: clientCa() };
}

function context({ keyPem, certificatePem, ca }: ReturnType<typeof material>) {
  // An empty text would mean the public authorities that Node brings along; an empty list means nobody.
  return { key: keyPem, cert: certificatePem, ca: ca === '' ? [] : [ca], minVersion: 'TLSv1.2' } as const;
}

async function bind(server: Server, { address, port }: KubeletOptions['listen']): Promise<void> {
  server.listen(port, address);
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    server.close();
    throw new KubeletError(
      'listenFailed',
      `the kubelet endpoint cannot listen on ${address} port ${port}: ${cause.code ?? cause.message}`,
      'another process has that port, or the address is not of this machine',
      cause,
    );
  });
}

/** As the kubelet's (KEP-727, and the name that it has had since Kubernetes 1.29), for a node on which nothing runs. */
const noPods = ['scrape_error', 'resource_scrape_error']
  .flatMap((name) => [
    `# HELP ${name} 1 if there was an error while getting container metrics, 0 otherwise`,
    `# TYPE ${name} gauge`,
    `${name} 0`,
    '',
  ])
  .filter((line) => line !== '')
  .join('\n')
  .concat('\n');
