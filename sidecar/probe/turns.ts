import type { ProbeSpec } from '#core/probe/target.ts';
import { DueQueue } from '#core/schedule/due-queue.ts';

/** Who goes first when more is due than may be begun: the sidecar's own probe, connections alone, requests. */
export type Rank = 0 | 1 | 2;

/**
 * What a probe costs the thread that makes it, in units of a TCP connection: measured, about 0.1 ms for a connection,
 * twice that for a request, ten times for a TLS handshake.
 */
const cost = (spec: ProbeSpec): number => ({ tcp: 1, http: 2, https: 10 })[spec.type];
const costPerSecond = 1_000;
/** What may be spent at once after a pause. */
const burst = 100;
/** One in so many turns is a request's though connections are due. */
const requestEvery = 4;

interface Item {
  readonly rank: Rank;
  readonly target: { readonly spec: ProbeSpec };
}

/**
 * Whose turn it is to be probed. Nobody waits for the sidecar's own probes (rank 0), of which there is one for each
 * node; the others share a budget, and when it does not suffice each of them is made more rarely.
 */
export class Turns<T extends Item> {
  readonly #queues = [new DueQueue<T>(), new DueQueue<T>(), new DueQueue<T>()] as const;
  #allowance = burst;
  #countedMs: number;
  #turn = 0;

  constructor(nowMs: number) {
    this.#countedMs = nowMs;
  }

  add(item: T, dueMs: number): void {
    this.#queues[item.rank].add(item, dueMs);
  }

  /** The next one to begin now, of a rank that has room. */
  take(nowMs: number, hasRoom: (rank: Rank) => boolean): T | undefined {
    const elapsedMs = Math.max(0, nowMs - this.#countedMs);
    this.#countedMs = nowMs;
    this.#allowance = Math.min(burst, this.#allowance + (elapsedMs * costPerSecond) / 1_000);
    const [own, connections, requests] = this.#queues;
    const due = (queue: DueQueue<T>): boolean =>
      (queue.firstDueMs() ?? Number.POSITIVE_INFINITY) <= nowMs &&
      hasRoom(this.#queues.indexOf(queue) as Rank);
    if (due(own)) return this.#spend(own);
    if (this.#allowance <= 0) return undefined;
    const order = this.#turn % requestEvery === 0 ? [requests, connections] : [connections, requests];
    const queue = order.find(due);
    if (queue === undefined) return undefined;
    this.#turn += 1;
    return this.#spend(queue);
  }

  /** In how many milliseconds there may be something to begin; undefined: nothing with room waits. */
  waitMs(nowMs: number, hasRoom: (rank: Rank) => boolean): number | undefined {
    const [own, ...others] = this.#queues.map(
      (queue, rank) => (hasRoom(rank as Rank) ? queue.firstDueMs() : undefined) ?? Number.POSITIVE_INFINITY,
    );
    const affordedMs = this.#allowance > 0 ? nowMs : nowMs + ((1 - this.#allowance) * 1_000) / costPerSecond;
    const nextMs = Math.min(own as number, Math.max(affordedMs, Math.min(...others)));
    return nextMs === Number.POSITIVE_INFINITY ? undefined : Math.max(0, nextMs - nowMs);
  }

  /** For how long the one that is overdue most has been, ms; 0 when none is. */
  lateMs(nowMs: number): number {
    return Math.max(0, ...this.#queues.map((queue) => nowMs - (queue.firstDueMs() ?? nowMs)));
  }

  #spend(queue: DueQueue<T>): T | undefined {
    const item = queue.take();
    if (item !== undefined) this.#allowance -= cost(item.target.spec);
    return item;
  }
}
