import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from '#core/telemetry/logger.ts';
import type { GatewayKey } from './dial.ts';
import { fingerprintOf } from './fingerprint.ts';

interface ListenerOptions {
  readonly protocols: readonly string[];
  /**
   * Takes a connection whose handshake is done and whose key is this, or returns false: nobody that we know. Called
   * in the same turn, so that no byte is lost.
   */
  readonly take: (socket: TLSSocket, fingerprint: string, protocol: string) => boolean;
  readonly handshakeTimeoutMs: number;
  readonly log: Logger;
  readonly now: () => number;
}

const logAgainMs = 60_000;
/** Strangers that are remembered so as not to be logged again within the minute. */
const maxStrangers = 1000;
/** Peers have few connections; the rest is for handshakes of strangers. */
const maxConnections = 4096;

/**
 * A TLS 1.3 listener that demands a certificate of anybody and leaves it to `take` whose key it is. The certificate
 * proves possession of the key, nothing else in it is looked at.
 */
export function tlsListener(key: GatewayKey, options: ListenerOptions): Server {
  const { protocols, take, handshakeTimeoutMs, log, now } = options;
  const strangers = new Map<string, number>();
  const server = createServer(
    {
      ...contextOf(key),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: [...protocols],
      handshakeTimeout: handshakeTimeoutMs,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    (socket) => {
      socket.on('error', () => undefined);
      const certificate = socket.getPeerX509Certificate();
      const fingerprint = certificate === undefined ? 'none' : fingerprintOf(certificate);
      const { alpnProtocol } = socket;
      if (certificate !== undefined && alpnProtocol && take(socket, fingerprint, alpnProtocol)) return;
      if (isNews(strangers, fingerprint, now()))
        log.warn(
          { fingerprint, address: socket.remoteAddress, protocol: alpnProtocol || 'none' },
          'a connection of an unknown key, or for a protocol that is not its own, is refused',
        );
      socket.destroy();
    },
  );
  server.maxConnections = maxConnections;
  server.on('tlsClientError', (error) => log.debug({ error }, 'a TLS handshake failed'));
  return server;
}

/** New connections use another key from now on. @throws Error when it is none */
export function changeKey(server: Server, key: GatewayKey): void {
  server.setSecureContext(contextOf(key));
}

function contextOf({ keyPem, certificatePem }: GatewayKey) {
  return { key: keyPem, cert: certificatePem, minVersion: 'TLSv1.3' } as const;
}

function isNews(strangers: Map<string, number>, fingerprint: string, nowMs: number): boolean {
  const last = strangers.get(fingerprint);
  if (last !== undefined && nowMs - last < logAgainMs) return false;
  for (const [each, atMs] of strangers) if (nowMs - atMs >= logAgainMs) strangers.delete(each);
  if (strangers.size >= maxStrangers) return false;
  strangers.set(fingerprint, nowMs);
  return true;
}
