import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { X509CertificateGenerator } from '@peculiar/x509';
import type { GatewayPeer, GatewayReport, GatewayTable } from '#agent/model/gateway-table.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { GatewayKey } from './dial.ts';
import { fingerprintOf } from './fingerprint.ts';
import { followReports } from './follow-reports.ts';
import { type GatewayConfig, runGateway } from './run.ts';
import type { GatewayTiming } from './timing.ts';

/** A key with its self-signed certificate and fingerprint. */
export interface TestKey extends GatewayKey {
  readonly fingerprint: string;
}

export async function makeKey(name: string): Promise<TestKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: algorithm,
  });
  const certificatePem = certificate.toString('pem');
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const { X509Certificate } = await import('node:crypto');
  return {
    keyPem: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
    certificatePem,
    fingerprint: fingerprintOf(new X509Certificate(certificatePem)),
  };
}

/** A logger that keeps what it was told. */
export function memoryLog(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const add = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, debug: add('debug'), info: add('info'), warn: add('warn'), error: add('error') };
}

export interface TestGateway extends AsyncDisposable {
  readonly id: string;
  readonly key: TestKey;
  readonly port: number;
  readonly healthPort: number;
  readonly log: ReturnType<typeof memoryLog>;
  /** The newest report that followReports gave. */
  readonly report: () => GatewayReport | undefined;
  /** Sets the table and resolves when it is reported as served. */
  readonly serve: (peers: Record<string, GatewayPeer>, ports?: GatewayTable['ports']) => Promise<void>;
  readonly configure: (config: GatewayConfig) => void;
  readonly stop: () => Promise<void>;
}

/** A gateway with a key and no peers yet, and an agent that reads its reports. */
export async function startGateway(id: string, timing: Partial<GatewayTiming> = {}): Promise<TestGateway> {
  const ending = new AbortController();
  const key = await makeKey(id);
  const log = memoryLog();
  const listening = Promise.withResolvers<{ port: number; healthPort: number }>();
  let revision = 0;
  let listener: (config: GatewayConfig) => void = () => undefined;
  let report: GatewayReport | undefined;
  const table = (peers: GatewayTable['peers'], ports: GatewayTable['ports']): GatewayConfig => ({
    ...key,
    table: { version: 1, revision: String(++revision), clusterID: id, peers, ports },
  });
  const running = runGateway(
    {
      onConfig: (listen) => {
        listener = listen;
        listen(table({}, {}));
      },
      listen: { address: '127.0.0.1', port: 0 },
      bindAddress: '127.0.0.1',
      health: { address: '127.0.0.1', port: 0 },
      log,
      random: Math.random,
      now: () => performance.now(),
      onListening: listening.resolve,
      timing: { drainMs: 300, ...timing },
    },
    ending.signal,
  );
  running.catch(listening.reject);
  const { port, healthPort } = await listening.promise;
  const following = followReports(
    { ...key, address: '127.0.0.1', port, log, random: Math.random, onReport: (next) => (report = next) },
    ending.signal,
  );
  const stop = async (): Promise<void> => {
    ending.abort();
    await Promise.all([running, following]);
  };
  return {
    id,
    key,
    port,
    healthPort,
    log,
    report: () => report,
    configure: (config) => listener(config),
    serve: async (peers, ports = {}) => {
      listener(table(peers, ports));
      const wanted = String(revision);
      await until(() => report?.revision === wanted);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Resolves when it is true; rejects after 8 s. */
export async function until(condition: () => boolean, what = 'it'): Promise<void> {
  const end = performance.now() + 8000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly sockets: Set<Socket>;
}

/** A TCP server on loopback. */
export async function serveTcp(onConnection: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A TCP port of loopback that is free now. */
export async function freePort(): Promise<number> {
  await using server = await serveTcp(() => undefined);
  return server.port;
}

/** A connection to a port on loopback. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** A wire to a port that can be cut, or frozen: connections stay, and nothing passes any longer. */
export async function wire(
  port: number,
): Promise<AsyncDisposable & { readonly port: number; freeze(): void; cut(): void }> {
  let frozen = false;
  const far = new Set<Socket>();
  const near = await serveTcp((socket) => {
    const other = connect(port, '127.0.0.1');
    far.add(other);
    other.on('error', () => undefined);
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      from.on('data', (chunk) => frozen || to.write(chunk));
      from.once('close', () => frozen || to.destroy());
    }
  });
  const cut = (): void => {
    for (const socket of [...near.sockets, ...far]) socket.destroy();
    far.clear();
  };
  return {
    port: near.port,
    freeze: () => {
      frozen = true;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      frozen = false;
      cut();
      await near[Symbol.asyncDispose]();
    },
  };
}
