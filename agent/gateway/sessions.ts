import {
  type ClientHttp2Session,
  connect,
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { GatewayTable } from '#agent/model/gateway-table.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { watchLiveness } from './liveness.ts';
import type { GatewayTiming } from './timing.ts';

/** Who is at the other end of a connection, as its key proved. */
export interface Peer {
  readonly id: string;
  readonly fingerprint: string;
}

interface SessionsOptions {
  readonly timing: GatewayTiming;
  readonly log: Logger;
  readonly now: () => number;
  /** A peer opened a stream. */
  readonly onStream: (peer: Peer, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** Whether streams can be opened towards some peer has perhaps changed. */
  readonly onChange: () => void;
  /** At every interval of PINGs of a session. */
  readonly onTick: (peer: string) => void;
}

interface Entry {
  readonly peer: Peer;
  readonly session: Http2Session;
  /** What opens streams towards the peer, once the peer's settings have come. */
  readonly opener: ClientHttp2Session | undefined;
  ready: boolean;
}

const sessionWindowBytes = 16 * 1024 * 1024;

/** Every connection with peers: those on which we open streams, and those on which they do. */
export class Sessions {
  readonly #options: SessionsOptions;
  /** By peer id, oldest first. */
  readonly #entries = new Map<string, Set<Entry>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Runs HTTP/2 on a connection whose key has been checked; `weOpen` tells who opens streams (the other one than who
   * dialed, on reverse connections). Resolves when it takes no more streams; those that are open may go on.
   */
  adopt(socket: TLSSocket, peer: Peer, weOpen: boolean): Promise<void> {
    const { timing, log } = this.#options;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const entries = this.#entries.get(peer.id) ?? new Set();
    if (entries.size >= timing.maxSessions) {
      log.warn(
        { peer: peer.id, limit: timing.maxSessions },
        'the peer holds too many connections; a new one is refused',
      );
      socket.destroy();
      return Promise.resolve();
    }
    const opener = weOpen ? this.#openerOn(socket) : undefined;
    const session = opener ?? this.#serverOn(socket, peer);
    const entry: Entry = { peer, session, opener, ready: false };
    this.#entries.set(peer.id, entries.add(entry));
    this.#watch(socket, entry);
    return new Promise((resolve) => {
      const over = (): void => {
        this.#options.onChange();
        resolve();
      };
      session.once('goaway', over);
      session.once('close', () => {
        entries.delete(entry);
        if (entries.size === 0 && this.#entries.get(peer.id) === entries) this.#entries.delete(peer.id);
        over();
      });
    });
  }

  /** The newest session that takes another stream towards the peer. */
  towards(peer: string): ClientHttp2Session | undefined {
    for (const { opener, ready } of [...(this.#entries.get(peer) ?? [])].reverse())
      if (opener !== undefined && ready && !opener.closed && !opener.destroyed) return opener;
    return undefined;
  }

  /** Cuts the connections of who is not in the table with that key. */
  retain(table: GatewayTable): void {
    for (const entries of this.#entries.values())
      for (const { peer, session } of entries)
        if (!Object.hasOwn(table.peers, peer.id) || table.peers[peer.id]?.fingerprint !== peer.fingerprint)
          cut(session);
  }

  /** Takes no more streams, and tells peers so; open ones go on. */
  drain(): void {
    for (const entries of this.#entries.values()) for (const { session } of [...entries]) session.close();
  }

  destroy(): void {
    for (const entries of this.#entries.values()) for (const { session } of [...entries]) cut(session);
  }

  #watch(socket: TLSSocket, entry: Entry): void {
    const { timing, log, now, onTick, onChange } = this.#options;
    const { session, peer } = entry;
    session.on('error', (error) => log.debug({ peer: peer.id, error }, 'connection with a peer failed'));
    session.once('remoteSettings', () => {
      entry.ready = true;
      onChange();
    });
    watchLiveness(session, socket, {
      everyMs: timing.pingEveryMs,
      misses: timing.missedPings,
      now,
      onTick: () => onTick(peer.id),
      onDead: () => {
        log.warn({ peer: peer.id }, 'a peer is silent; the connection is cut');
        cut(session);
        // Or the rest would wait for a peer that is not there.
        socket.destroy();
      },
    });
  }

  #openerOn(socket: TLSSocket): ClientHttp2Session {
    const { maxStreams } = this.#options.timing;
    const options = sessionOptions(maxStreams);
    const session = connect('http://peer', {
      ...options,
      settings: { ...options.settings, enablePush: false, maxConcurrentStreams: 0 },
      createConnection: () => socket,
    });
    session.once('connect', () => session.setLocalWindowSize(sessionWindowBytes));
    return session;
  }

  #serverOn(socket: TLSSocket, peer: Peer): Http2Session {
    const session = performServerHandshake(socket, sessionOptions(this.#options.timing.maxStreams));
    session.setLocalWindowSize(sessionWindowBytes);
    session.on('stream', (stream, headers) =>
      this.#options.onStream(peer, stream as ServerHttp2Stream, headers),
    );
    return session;
  }
}

/** Streams must not look as if they had come to their end: without a code, they do. */
function cut(session: Http2Session): void {
  session.destroy(undefined, constants.NGHTTP2_CANCEL);
}

/**
 * A stream's window is what its slow reader may make us hold, and the most that is under way in a round trip: 1 MiB
 * is 280 Mb/s at 30 ms. Headers are one line; resets in masses are an attack (CVE-2023-44487), but clients of a busy
 * service do go away.
 */
function sessionOptions(maxStreams: number) {
  return {
    settings: { initialWindowSize: 1024 * 1024, maxConcurrentStreams: maxStreams, maxHeaderListSize: 4096 },
    maxSessionMemory: 256,
    maxHeaderListPairs: 16,
    peerMaxConcurrentStreams: maxStreams,
    streamResetBurst: maxStreams,
    streamResetRate: 1000,
  };
}
