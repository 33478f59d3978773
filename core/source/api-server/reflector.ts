import type { KubeObject } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Watch, WatchOptions } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type BackoffLimits, backoffMs } from './backoff.ts';
import type { ApiClient } from './client.ts';
import { connectionError, UnreachableError } from './connection-error.ts';
import { HeldObjects } from './held-objects.ts';
import type { Intent } from './intent.ts';
import { lines } from './json-lines.ts';
import { listPages, newestVersion } from './list-pages.ts';
import { collectionPath, withQuery } from './paths.ts';
import { pause } from './pause.ts';
import { ExpiredError, responseError, UnknownResourceError } from './response-error.ts';
import type { ServerState } from './server-state.ts';
import { readWatchEvent, type WatchEvent } from './watch-event.ts';

/** Times of a reflector, milliseconds. Only tests have reason to change them. */
export interface ReflectorTiming {
  readonly backoff: BackoffLimits;
  /**
   * A watch without a byte for so long is cut and looked into. Bookmarks come every minute at most API servers; where
   * etcd is older than 3.4.25 a quiet resource gets none, so silence alone is no failure.
   */
  readonly silenceMs: number;
  /** How often a resource that does not exist is asked for, at least. */
  readonly missingMs: number;
  /** A watch that lived so long was healthy, even without an event. */
  readonly healthyMs: number;
}

export const reflectorTiming: ReflectorTiming = {
  backoff: { minMs: 800, maxMs: 30_000 },
  silenceMs: 90_000,
  missingMs: 5_000,
  healthyMs: 10_000,
};

/** What a reflector stands on. */
export interface ReflectorContext {
  readonly client: ApiClient;
  readonly state: ServerState;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly timing: ReflectorTiming;
}

/** After so many watches from one version that got no further, the list is read anew. */
const stallsUntilRelist = 3;

/** Versions of one resource may be compared as numbers where they are numbers (Kubernetes 1.35: always). */
function isBehind(version: string, other: string | undefined): boolean {
  const numbers = other !== undefined && /^\d+$/.test(version) && /^\d+$/.test(other);
  return numbers && BigInt(version) < BigInt(other);
}

/** A Retry-After beyond this is not waited for. */
const longestAskedMs = 60_000;

/**
 * Keeps a local copy of one list: list, then watch from there, for ever. Every failure is waited out (0.8 to 30 s,
 * back to 0.8 s only after a healthy watch) and tried again; 410 leads to a new list, of which only the differences
 * are reported. A silent watch is replaced on another connection. Ends with the signal only.
 */
export class Reflector<T extends KubeObject> implements Watch<T> {
  readonly #context: ReflectorContext;
  readonly #options: WatchOptions<T>;
  readonly #signal: AbortSignal;
  readonly #held: HeldObjects<T>;
  readonly #synced = Promise.withResolvers<void>();
  #missing = false;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  /** Where the next watch begins; undefined: with a list. */
  #resourceVersion: string | undefined;
  #failures = 0;
  #stalls = 0;
  /** Expiries since the last sign of life from a watch. */
  #expiries = 0;

  constructor(context: ReflectorContext, options: WatchOptions<T>, signal: AbortSignal) {
    this.#context = context;
    this.#options = options;
    this.#signal = signal;
    this.#held = new HeldObjects(options);
    // Nobody needs to wait for it; the rejection is then nobody's.
    this.#synced.promise.catch(() => undefined);
    void this.#run();
  }

  get(key: string): T | undefined {
    return this.#held.get(key);
  }

  list(): Iterable<T> {
    return this.#held.list();
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get missing(): boolean {
    return this.#missing;
  }

  ageMs(): number {
    return this.#context.now() - this.#confirmedAt;
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#readList();
        if ((await this.#watch()) === 'silent') await this.#lookIntoSilence();
      } catch (error) {
        if (this.#signal.aborted) break;
        await this.#recover(connectionError(this.#intent('watch'), '', error));
      }
    }
    this.#synced.reject(this.#signal.reason);
  }

  async #readList(): Promise<void> {
    const { client, log } = this.#context;
    const { plural, group } = this.#options.resource;
    log.debug({ resource: plural, group }, 'reading the list');
    let resourceVersion: string | undefined;
    this.#held.beginList();
    for await (const page of listPages(client, this.#options, this.#signal)) {
      this.#answered();
      for (const item of page.items) this.#safely(() => this.#held.apply(item));
      resourceVersion = page.resourceVersion;
    }
    this.#safely(() => this.#held.endList());
    this.#resourceVersion = resourceVersion;
    this.#stalls = 0;
    this.#confirm();
    this.#synced.resolve();
  }

  /** Watches until the watch ends as it should, or has been silent for too long. */
  async #watch(): Promise<'ended' | 'silent'> {
    const { client, state, now, random, timing } = this.#context;
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const path = withQuery(collectionPath(resource, namespace), {
      watch: 1,
      allowWatchBookmarks: 'true',
      resourceVersion: this.#resourceVersion,
      // Not all clients at once, and never long enough for a proxy to have forgotten the connection.
      timeoutSeconds: Math.floor(300 * (1 + random())),
      labelSelector,
      fieldSelector,
    });
    const began = now();
    const request = { method: 'GET', path, intent: this.#intent('watch'), signal: this.#signal } as const;
    const chunks = await client.stream(request, timing.silenceMs);
    this.#answered();
    this.#confirm();
    state.healthy(resource);
    try {
      for await (const line of lines(chunks)) {
        if (line.length > 0) this.#take(readWatchEvent(line));
      }
    } catch (error) {
      if (error instanceof UnreachableError && error.code === 'timeout') return 'silent';
      throw error;
    } finally {
      if (now() - began >= timing.healthyMs) this.#failures = 0;
    }
    // The usual end is the one that we asked for. One that comes at once, again and again, must not turn hot.
    if (this.#failures > 0 || now() - began < 1000) {
      throw new SourceError('unavailable', `the watch of ${resource.plural} ended at once`);
    }
    return 'ended';
  }

  /**
   * A watch that says nothing stands on a dead connection, or is of a quiet resource, or waits for a version that
   * will not come: the server's count was set back (etcd restored from a backup). One question tells.
   */
  async #lookIntoSilence(): Promise<void> {
    const { client, log } = this.#context;
    const newest = await newestVersion(client, this.#options, this.#signal);
    this.#answered();
    if (!isBehind(newest, this.#resourceVersion)) return;
    const { plural } = this.#options.resource;
    log.warn({ resource: plural, newest }, `versions of ${plural} went back; the list is read anew`);
    this.#resourceVersion = undefined;
  }

  #take(event: WatchEvent | undefined): void {
    switch (event?.type) {
      case 'applied':
      case 'deleted':
        this.#safely(() => {
          if (event.type === 'applied') this.#held.apply(event.object);
          else this.#held.delete(event.object);
        });
        this.#progress(event.object.metadata.resourceVersion as string);
        return;
      case 'bookmark':
        this.#progress(event.resourceVersion);
        return;
      case 'error':
        throw responseError(this.#intent('watch'), { status: event.status || 500, body: event.body });
      case undefined:
        throw new SourceError('unavailable', `the watch of ${this.#options.resource.plural} sent no event`);
    }
  }

  #progress(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    this.#failures = 0;
    this.#stalls = 0;
    this.#expiries = 0;
    this.#confirm();
  }

  /** Decides where to go on after a failure, and when. */
  async #recover(error: SourceError): Promise<void> {
    const { state, random, timing } = this.#context;
    this.#failures++;
    if (!(error instanceof UnreachableError)) this.#stalls++;
    const expired = error instanceof ExpiredError;
    this.#missing = error instanceof UnknownResourceError;
    if (expired || this.#missing || this.#stalls >= stallsUntilRelist) {
      this.#resourceVersion = undefined;
    }
    // Expiry is no trouble of the server's (an outage that it ends may be), unless lists expire as fast as they are read.
    if (expired && this.#expiries++ === 0) return;
    state.failed(this.#options.resource, error);
    const backoff = backoffMs(this.#failures, timing.backoff, random);
    const wait = this.#missing ? Math.min(backoff, timing.missingMs) : backoff;
    const asked = Math.min(error.retryAfterMs ?? 0, longestAskedMs);
    await pause(Math.max(wait, asked), this.#signal, (end) => {
      if (!(error instanceof UnreachableError)) return () => undefined;
      return state.onAnswer(() => {
        // What it says while it starts is a new trouble, not more of the outage.
        this.#failures = 0;
        end();
      });
    });
  }

  #answered(): void {
    this.#missing = false;
    this.#context.state.answered();
  }

  #confirm(): void {
    this.#confirmedAt = this.#context.now();
  }

  /** What a reader throws from onChange or trim is the reader's fault; the copy goes on. */
  #safely(work: () => void): void {
    const { resource } = this.#options;
    try {
      work();
    } catch (error) {
      this.#context.log.warn(
        { error, kind: resource.kind },
        `a change of a ${resource.kind} was not taken in`,
      );
    }
  }

  #intent(verb: Intent['verb']): Intent {
    const { resource, namespace } = this.#options;
    return { verb, resource, namespace };
  }
}
