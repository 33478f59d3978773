import { connect, type TLSSocket } from 'node:tls';
import { backoffMs } from '#core/source/api-server/backoff.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { GatewayError } from './errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { parseAddress } from './parse-table.ts';
import type { GatewayTiming } from './timing.ts';

/** Our own key, PEM: secret. */
export interface GatewayKey {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** A connection that held for so long was no failure. */
const steadyMs = 5000;

/**
 * Keeps one connection of a kind to a peer until the signal aborts: its addresses in turn, the one that worked again
 * first. `use` resolves when the connection is of no more use; it owns the socket.
 */
export async function keepDialed(
  options: {
    readonly protocol: string;
    /** As they are at that moment; undefined when there is nothing to dial. */
    readonly target: () =>
      | { readonly addresses: readonly string[]; readonly fingerprint: string }
      | undefined;
    readonly key: () => GatewayKey;
    readonly use: (socket: TLSSocket, fingerprint: string) => Promise<void>;
    readonly timing: GatewayTiming;
    readonly log: Logger;
    readonly random: () => number;
    readonly now: () => number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { protocol, target, key, use, timing, log, random, now } = options;
  let turn = 0;
  let failures = 0;
  while (!signal.aborted) {
    const begunAtMs = now();
    const { addresses = [], fingerprint = '' } = target() ?? {};
    const address = addresses[turn % addresses.length];
    if (address !== undefined)
      try {
        const { handshakeTimeoutMs: timeoutMs } = timing;
        await dial({ address, fingerprint, protocol, key: key(), timeoutMs }, signal, (socket) =>
          use(socket, fingerprint),
        );
      } catch (error) {
        turn++;
        if (!signal.aborted && failures === 0)
          log.warn({ address, error }, 'a gateway cannot be dialed; still trying');
      }
    failures = now() - begunAtMs > steadyMs ? 1 : failures + 1;
    await pause(backoffMs(failures, timing.dial, random), signal);
  }
}

/**
 * Connects over TLS 1.3 with both sides' certificates, and checks the other's key before a byte is sent. `use` is
 * called in the same turn as the handshake ends; resolves with it. @throws GatewayError `dialFailed`
 */
export async function dial(
  options: {
    /** HOST:PORT */
    readonly address: string;
    readonly fingerprint: string;
    readonly protocol: string;
    readonly key: GatewayKey;
    readonly timeoutMs: number;
  },
  signal: AbortSignal,
  use: (socket: TLSSocket) => Promise<void>,
): Promise<void> {
  const { address, fingerprint, protocol, key, timeoutMs } = options;
  const place = parseAddress(address);
  if (place === undefined) throw new GatewayError('dialFailed', `${address} is not HOST:PORT`);
  signal.throwIfAborted();
  const used = Promise.withResolvers<void>();
  // Pinned below: the peer's certificate is self-signed, and names nobody.
  const socket = connect({
    ...place,
    key: key.keyPem,
    cert: key.certificatePem,
    minVersion: 'TLSv1.3',
    ALPNProtocols: [protocol],
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true).setKeepAlive(true, 30_000);
  const fail = (message: string, cause?: unknown): void => {
    socket.destroy();
    used.reject(new GatewayError('dialFailed', message, cause === undefined ? {} : { cause }));
  };
  const timer = setTimeout(() => fail(`${address} does not answer within ${timeoutMs} ms`), timeoutMs);
  const stop = (): void => fail('stopped');
  signal.addEventListener('abort', stop, { once: true });
  socket.on('error', (error) => fail(`${address}: ${error.message}`, error));
  socket.once('close', () => fail(`${address} closed the connection`));
  socket.once('secureConnect', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined || fingerprintOf(certificate) !== fingerprint)
      return fail(`the gateway at ${address} has another key than the one that was pinned at peering`);
    if (socket.alpnProtocol !== protocol) return fail(`the gateway at ${address} does not speak ${protocol}`);
    used.resolve(use(socket));
  });
  try {
    await used.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
