import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { type GatewayReport, type GatewayTable, gatewayProtocols } from '#agent/model/gateway-table.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type GatewayKey, keepDialed } from './dial.ts';
import { GatewayError } from './errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { changeKey, tlsListener } from './listener.ts';
import { Ports } from './ports.ts';
import { listenFailed, serveReadiness } from './ready.ts';
import { Reports } from './reports.ts';
import { serveStream } from './serve-stream.ts';
import { Sessions } from './sessions.ts';
import { Streams } from './streams.ts';
import { type GatewayTiming, gatewayTiming } from './timing.ts';

/** Keys and table, whole, as Secret `offload-gateway` holds them. */
export interface GatewayConfig extends GatewayKey {
  readonly table: GatewayTable;
}

interface Place {
  readonly address: string;
  readonly port: number;
}

export interface GatewayOptions {
  /** Calls back with the configuration and whenever it changes, until the signal aborts. */
  readonly onConfig: (listener: (config: GatewayConfig) => void, signal: AbortSignal) => void;
  /** TLS, for peers and the agent: 0.0.0.0 and `gatewayPort` in a pod. */
  readonly listen: Place;
  /** For ports of endpoints: 0.0.0.0 in a pod. */
  readonly bindAddress: string;
  /** Plain HTTP, GET /readyz. */
  readonly health: Place;
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The ports that were bound, once they are; for `listen` or `health` with port 0. */
  readonly onListening?: (bound: { readonly port: number; readonly healthPort: number }) => void;
  /** For tests. */
  readonly timing?: Partial<GatewayTiming>;
}

/**
 * The data path between clusters: runs until the signal aborts, then gives open streams 2 s. Listens for peers when
 * the first configuration has come; a later one that cannot be used is logged, and the last good one stays.
 * @throws GatewayError `listenFailed` when the port for peers or that for health cannot be had
 */
export async function runGateway(options: GatewayOptions, signal: AbortSignal): Promise<void> {
  const gateway = new Gateway(options);
  const health = await serveReadiness(options.health, () => gateway.report() !== undefined);
  try {
    const { port: healthPort } = health.address() as AddressInfo;
    let newest: GatewayConfig | undefined;
    let wake: () => void = () => undefined;
    options.onConfig((config) => {
      newest = config;
      wake();
    }, signal);
    while (!signal.aborted) {
      const config = newest;
      newest = undefined;
      if (config !== undefined) await gateway.apply(config, healthPort);
      else
        await pause(3_600_000, signal, (end) => {
          wake = end;
          return () => undefined;
        });
    }
  } finally {
    await gateway.close();
    health.close();
    health.closeAllConnections();
  }
}

class Gateway {
  readonly #options: GatewayOptions;
  readonly #timing: GatewayTiming;
  readonly #streams = new Streams();
  readonly #sessions: Sessions;
  readonly #ports: Ports;
  readonly #reports: Reports;
  /** By peer and protocol. */
  readonly #dialers = new Map<string, AbortController>();
  #config: GatewayConfig | undefined;
  #ownFingerprint = '';
  #server: Server | undefined;
  #served: GatewayTable | undefined;
  #closing = false;

  constructor(options: GatewayOptions) {
    const { log, now, bindAddress } = options;
    const timing = { ...gatewayTiming, ...options.timing };
    this.#options = options;
    this.#timing = timing;
    this.#reports = new Reports(() => this.report(), timing.reportEveryMs);
    const onChange = () => this.#reports.changed();
    const streams = this.#streams;
    const sessions = new Sessions({
      timing,
      log,
      now,
      onChange,
      onStream: (peer, stream, headers) =>
        serveStream(peer, stream, headers, { table: () => this.#table(), sessions, streams, timing, log }),
      onTick: (peer) => {
        const cut = streams.cutUnread(peer, timing.maxUnreadBytes);
        if (cut > 0) log.warn({ peer, streams: cut }, 'streams with too many unread bytes are cut');
      },
    });
    this.#sessions = sessions;
    this.#ports = new Ports({ address: bindAddress, sessions, streams, timing, log, onChange });
  }

  /** What the agent is told; undefined until a table is served. */
  report(): GatewayReport | undefined {
    if (this.#served === undefined) return undefined;
    const up = (peer: string) => [peer, this.#sessions.towards(peer) !== undefined] as const;
    return {
      revision: this.#served.revision,
      failedPorts: this.#ports.failed,
      links: Object.fromEntries(Object.keys(this.#served.peers).map(up)),
    };
  }

  async apply(config: GatewayConfig, healthPort: number): Promise<void> {
    const { log, listen, onListening } = this.#options;
    let ownFingerprint: string;
    try {
      ownFingerprint = checkKey(config);
    } catch (error) {
      log.error({ error }, 'the configuration is not used');
      return;
    }
    const { table } = config;
    this.#config = config;
    this.#ownFingerprint = ownFingerprint;
    this.#sessions.retain(table);
    this.#streams.endRemoved(table);
    if (this.#server === undefined) {
      const server = this.#listener(config);
      this.#server = server;
      server.listen(listen.port, listen.address);
      await once(server, 'listening').catch((cause: unknown) => {
        throw listenFailed(listen.address, listen.port, cause);
      });
      server.on('error', (error) => log.warn({ error }, 'the port for peers cannot accept'));
      onListening?.({ port: (server.address() as AddressInfo).port, healthPort });
    } else changeKey(this.#server, config);
    this.#dial(table);
    await this.#ports.set(table.ports);
    this.#served = table;
    this.#reports.changed();
    log.info(
      {
        revision: table.revision,
        peers: Object.keys(table.peers).length,
        ports: Object.keys(table.ports).length,
      },
      'the table is served',
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#ports.close();
    this.#server?.close();
    for (const dialer of this.#dialers.values()) dialer.abort();
    this.#sessions.drain();
    const ending = new AbortController();
    await Promise.race([this.#streams.empty(), pause(this.#timing.drainMs, ending.signal)]);
    ending.abort();
    this.#sessions.destroy();
    this.#reports.close();
  }

  #table(): GatewayTable {
    return this.#config?.table ?? { version: 1, revision: '', clusterID: '', peers: {}, ports: {} };
  }

  #listener(key: GatewayKey): Server {
    const { log, now } = this.#options;
    return tlsListener(key, {
      protocols: Object.values(gatewayProtocols),
      handshakeTimeoutMs: this.#timing.handshakeTimeoutMs,
      log,
      now,
      take: (socket, fingerprint, protocol) => this.#take(socket, fingerprint, protocol),
    });
  }

  #take(socket: TLSSocket, fingerprint: string, protocol: string): boolean {
    if (this.#closing) return false;
    if (protocol === gatewayProtocols.report) {
      if (fingerprint !== this.#ownFingerprint) return false;
      this.#reports.add(socket);
      return true;
    }
    const holders = Object.entries(this.#table().peers).filter(
      ([, peer]) => peer.fingerprint === fingerprint,
    );
    const id = holders[0]?.[0];
    // A key that two peers claim tells nobody who is speaking.
    if (id === undefined || holders.length > 1) return false;
    // On reverse connections the side that was dialed opens the streams.
    void this.#sessions.adopt(socket, { id, fingerprint }, protocol === gatewayProtocols.reverse);
    return true;
  }

  #dial(table: GatewayTable): void {
    const wanted = new Set<string>();
    for (const [id, { dial }] of Object.entries(table.peers)) {
      if (dial === undefined || dial.length === 0) continue;
      for (const protocol of [gatewayProtocols.forward, gatewayProtocols.reverse]) {
        const name = `${protocol} ${id}`;
        wanted.add(name);
        if (this.#dialers.has(name)) continue;
        const ending = new AbortController();
        this.#dialers.set(name, ending);
        void this.#keepDialed(id, protocol, ending.signal);
      }
    }
    for (const [name, dialer] of this.#dialers) {
      if (wanted.has(name)) continue;
      dialer.abort();
      this.#dialers.delete(name);
    }
  }

  #keepDialed(id: string, protocol: string, signal: AbortSignal): Promise<void> {
    const { log, random, now } = this.#options;
    return keepDialed(
      {
        protocol,
        target: () => {
          const { peers } = this.#table();
          const peer = Object.hasOwn(peers, id) ? peers[id] : undefined;
          return peer?.dial === undefined
            ? undefined
            : { addresses: peer.dial, fingerprint: peer.fingerprint };
        },
        key: () => this.#config as GatewayKey,
        use: (socket, fingerprint) =>
          this.#sessions.adopt(socket, { id, fingerprint }, protocol === gatewayProtocols.forward),
        timing: this.#timing,
        log,
        random,
        now,
      },
      signal,
    );
  }
}

/** The fingerprint of our key. @throws GatewayError `badKey` */
function checkKey({ keyPem, certificatePem }: GatewayKey): string {
  try {
    const certificate = new X509Certificate(certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem)))
      throw new Error('the certificate is of another key');
    return fingerprintOf(certificate);
  } catch (cause) {
    throw new GatewayError('badKey', 'tls.key and tls.crt of the gateway cannot be used', {
      hint: 'delete the Secret of the gateway: the agent writes it anew',
      cause,
    });
  }
}
