import { createServer, type Server, type Socket } from 'node:net';
import type { GatewayPort } from '#agent/model/gateway-table.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { abort, join } from './join.ts';
import { openStream } from './open-stream.ts';
import type { Sessions } from './sessions.ts';
import type { Streams } from './streams.ts';
import type { GatewayTiming } from './timing.ts';

interface PortsOptions {
  readonly address: string;
  readonly sessions: Sessions;
  readonly streams: Streams;
  readonly timing: GatewayTiming;
  readonly log: Logger;
  /** `failed` is not what it was. */
  readonly onChange: () => void;
}

/** What this gateway listens on for pods of its own cluster. */
export class Ports {
  readonly #options: PortsOptions;
  #wanted: Readonly<Record<string, GatewayPort>> = {};
  readonly #bound = new Map<number, Server>();
  #failed: readonly number[] = [];
  #again: NodeJS.Timeout | undefined;

  constructor(options: PortsOptions) {
    this.#options = options;
  }

  /** Ports that could not be bound, ascending; they are tried again. */
  get failed(): readonly number[] {
    return this.#failed;
  }

  /**
   * Listens on these ports and no others; resolves when each is bound or has failed. What was accepted before goes
   * on, on removed ports too. Not to be called again before it has resolved.
   */
  async set(wanted: Readonly<Record<string, GatewayPort>>): Promise<void> {
    this.#wanted = wanted;
    for (const [port, server] of this.#bound) {
      if (Object.hasOwn(wanted, port)) continue;
      this.#bound.delete(port);
      server.close();
    }
    await this.#bind();
  }

  /** Accepts nothing any longer. */
  close(): void {
    clearTimeout(this.#again);
    this.#wanted = {};
    for (const server of this.#bound.values()) server.close();
    this.#bound.clear();
  }

  async #bind(): Promise<void> {
    const { timing, log, onChange } = this.#options;
    clearTimeout(this.#again);
    const wanted = this.#wanted;
    const missing = Object.keys(wanted)
      .map(Number)
      .filter((port) => !this.#bound.has(port));
    const failed: number[] = [];
    await Promise.all(
      missing.map(async (port) => {
        const server = await this.#listen(port).catch((error: unknown) => {
          if (!this.#failed.includes(port))
            log.warn({ port, error }, 'a port for an endpoint cannot be bound');
          failed.push(port);
        });
        if (server === undefined) return;
        // Removed, or all closed, while it was being bound.
        if (Object.hasOwn(this.#wanted, port) && !this.#bound.has(port)) this.#bound.set(port, server);
        else server.close();
      }),
    );
    if (this.#wanted !== wanted) return;
    this.#failed = failed.filter((port) => !this.#bound.has(port)).sort((a, b) => a - b);
    onChange();
    if (this.#failed.length > 0) this.#again = setTimeout(() => void this.#bind(), timing.bindAgainMs);
  }

  #listen(port: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer(
        { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 },
        (socket) => this.#accept(port, socket),
      );
      server.once('error', reject);
      server.listen({ host: this.#options.address, port, backlog: 1024 }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#options.log.warn({ port, error }, 'a port cannot accept'));
        resolve(server);
      });
    });
  }

  #accept(port: number, socket: Socket): void {
    socket.on('error', () => undefined);
    const wanted = Object.hasOwn(this.#wanted, port) ? this.#wanted[port] : undefined;
    if (wanted === undefined) {
      abort(socket);
      return;
    }
    const { peer, endpoint } = wanted;
    try {
      const stream = openStream(
        {
          peer,
          endpoint,
          relayed: false,
          onAnswer: (status) => {
            if (status === 200) return;
            this.#options.log.debug({ port, peer, endpoint, status }, 'the peer refuses a stream');
            abort(socket);
            abort(stream);
          },
        },
        this.#options,
      );
      join(socket, stream);
    } catch (error) {
      this.#options.log.debug({ port, peer, endpoint, error }, 'a connection is reset');
      abort(socket);
    }
  }
}
