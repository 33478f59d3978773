import type { Distribution } from '#core/telemetry/metrics.ts';
import { rcodeName } from '#core/wire/constants.ts';

/**
 * Numbers of one DNS thread, in shared memory: it alone writes, the main thread reads when somebody asks. Doubles,
 * which count exactly up to 2^53. `COUNTER` names the places; those from RCODE on are one per response code.
 */
export type Counters = Float64Array<SharedArrayBuffer>;

export const COUNTER = {
  UDP4: 0,
  UDP6: 1,
  TCP4: 2,
  TCP6: 3,
  /** Replies with TC. */
  TRUNCATED: 4,
  /** No reply: shorter than a header, or a response itself. */
  SILENCED: 5,
  /** No reply: UDP from a port that is not answered (`isAnsweredPort`). */
  REFUSED_PORT: 6,
  /** No reply: too many wait to be sent on that socket. */
  SEND_QUEUE_FULL: 7,
  /** Queries that a fault of ours kept from being answered (SERVFAIL). */
  FAILED: 8,
  TCP_OPEN: 9,
  TCP_ACCEPTED: 10,
  /** Closed at once: that client has too many. */
  TCP_REFUSED: 11,
  /** Closed to make room for another client's. */
  TCP_EVICTED: 12,
  TCP_TIMED_OUT: 13,
  /** Closed: a message longer than we read. */
  TCP_TOO_LONG: 14,
  PATCHES: 15,
  /** Milliseconds since 1970 of the last patch; 0 before the first. */
  PATCHED_AT: 16,
  ZONES: 17,
  NAMES: 18,
  TABLE_BYTES: 19,
  /** Octets of replies and of unread queries that wait in this process for TCP clients. */
  TCP_WAITING_BYTES: 20,
  /** Closed: too much waited for clients that do not read. */
  TCP_OVERFULL: 21,
  /** Replies beyond a client's rate: sent with TC only, not sent, sent because only logged, sent to exempt ones. */
  RATE_SLIPPED: 22,
  RATE_DROPPED: 23,
  RATE_LOG_ONLY: 24,
  RATE_EXEMPT: 25,
  /** The prefix last limited: its first 24 bits (IPv4), its first 48 bits (IPv6); 0 when there was none. */
  RATE_LAST_V4: 26,
  RATE_LAST_V6: 27,
  /** Queries for the query log: taken, lost because it was full. */
  LOG_TAKEN: 28,
  LOG_LOST: 29,
  /** How UDP is read and written: one of IO_WAY. */
  IO_WAY: 30,
  /** Batches read, the messages in them, the time that these took altogether; see `countBatch`. */
  BATCHES: 31,
  BATCH_MESSAGES: 32,
  LATENCY_SECONDS: 33,
  /** From here on one per bound of `batchBounds`, and one for what is above. */
  BATCH_SIZE: 34,
  /** From here on one per bound of `latencyBounds`, and one for what is above. */
  LATENCY: 42,
  /** UDP reads that failed, and replies that the kernel refused to send; the server goes on after either. */
  RECEIVE_FAILED: 56,
  SEND_FAILED: 57,
  /** See `BEAT_MS`. */
  BEATS: 58,
  /** Replies: 24 response codes of UDP4, then those of UDP6, TCP4, TCP6. */
  RCODE: 59,
} as const;

/** Values of IO_WAY. */
export const IO_WAY = { UNKNOWN: 0, DGRAM: 1, FFI: 2 } as const;

/** Upper bounds of the histogram of batch sizes, in messages. */
export const batchBounds = [1, 2, 4, 8, 16, 32, 64] as const;

/** Upper bounds of the histogram of latency, in seconds. */
export const latencyBounds = [
  10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 100e-3, 1,
] as const;

/** Response codes that we give; BADVERS is 16, BADCOOKIE 23. */
const RCODES = 24;
const TRANSPORTS = 4;

export function createCounters(): Counters {
  return new Float64Array(
    new SharedArrayBuffer((COUNTER.RCODE + TRANSPORTS * RCODES) * Float64Array.BYTES_PER_ELEMENT),
  );
}

/** Adds one. */
export function count(counters: Float64Array, place: number): void {
  counters[place] = (counters[place] ?? 0) + 1;
}

/** Counts a reply; `transport` is one of UDP4 to TCP6. */
export function countReply(counters: Float64Array, transport: number, rcode: number): void {
  count(counters, COUNTER.RCODE + transport * RCODES + rcode);
}

/**
 * Counts a batch of `messages` that were read together, answered, and handed to the kernel `seconds` after they were
 * read. Each of them waited that long at most, so the histogram of latency is an upper bound; it holds the time in
 * this process alone. Whoever reads one message at a time may call this for some of them only.
 */
export function countBatch(counters: Float64Array, messages: number, seconds: number): void {
  count(counters, COUNTER.BATCHES);
  counters[COUNTER.BATCH_MESSAGES] = (counters[COUNTER.BATCH_MESSAGES] ?? 0) + messages;
  counters[COUNTER.LATENCY_SECONDS] = (counters[COUNTER.LATENCY_SECONDS] ?? 0) + seconds * messages;
  let size = 0;
  while (size < batchBounds.length && messages > (batchBounds[size] ?? 0)) size += 1;
  count(counters, COUNTER.BATCH_SIZE + size);
  let bound = 0;
  while (bound < latencyBounds.length && seconds > (latencyBounds[bound] ?? 0)) bound += 1;
  const place = COUNTER.LATENCY + bound;
  counters[place] = (counters[place] ?? 0) + messages;
}

export type Transport = 'udp4' | 'udp6' | 'tcp4' | 'tcp6';

/** What the DNS server has done since it started, and what it holds. All but gauges only grow. */
export interface DnsCounters {
  readonly queries: Readonly<Record<Transport, number>>;
  /** By name of the response code; those never given are left out. */
  readonly responses: Readonly<Record<string, number>>;
  /** The same, with the transport. */
  readonly replies: readonly {
    readonly transport: Transport;
    readonly rcode: string;
    readonly times: number;
  }[];
  readonly truncated: number;
  /** Messages that got no reply, by reason. */
  readonly dropped: {
    readonly silenced: number;
    readonly refusedPort: number;
    readonly sendQueueFull: number;
    readonly sendFailed: number;
  };
  /** Queries that a fault of ours kept from being answered. */
  readonly failed: number;
  /** Replies beyond a client's rate, by what became of them. */
  readonly rateLimited: {
    readonly slipped: number;
    readonly dropped: number;
    readonly logOnly: number;
    readonly exempt: number;
    /** First 24 bits of the IPv4 prefix, first 48 of the IPv6 prefix last limited; 0 for none. */
    readonly lastV4: number;
    readonly lastV6: number;
  };
  readonly queryLog: { readonly taken: number; readonly lost: number };
  readonly tcp: {
    /** Gauge. */
    readonly open: number;
    /** Gauge. */
    readonly waitingBytes: number;
    readonly accepted: number;
    readonly refused: number;
    readonly evicted: number;
    readonly timedOut: number;
    readonly tooLong: number;
    readonly overfull: number;
  };
  readonly io: {
    readonly way: 'unknown' | 'dgram' | 'ffi';
    /** UDP reads that failed. */
    readonly receiveFailed: number;
    readonly batchMessages: Distribution;
    readonly latencySeconds: Distribution;
  };
  /** Gauges but for `patches`. */
  readonly snapshot: {
    readonly patches: number;
    /** Milliseconds since 1970; undefined before the first patch. */
    readonly patchedAtMs: number | undefined;
    readonly zones: number;
    /** Names with answers of their own. */
    readonly names: number;
    readonly tableBytes: number;
  };
}

/** The numbers of several threads as one: added up, but for what is alike in each, which is the first's. */
export function sumCounters(threads: readonly Counters[]): Counters {
  const [first, ...others] = threads;
  const sum = createCounters();
  if (first !== undefined) sum.set(first);
  for (const other of others)
    for (let place = 0; place < sum.length; place += 1)
      if (!alike.has(place)) sum[place] = (sum[place] ?? 0) + (other[place] ?? 0);
  return sum;
}

const alike: ReadonlySet<number> = new Set([
  COUNTER.PATCHES,
  COUNTER.PATCHED_AT,
  COUNTER.ZONES,
  COUNTER.NAMES,
  COUNTER.TABLE_BYTES,
  COUNTER.RATE_LAST_V4,
  COUNTER.RATE_LAST_V6,
  COUNTER.IO_WAY,
]);

/** The numbers as they stand. */
export function readCounters(counters: Counters): DnsCounters {
  const at = (place: number) => counters[place] ?? 0;
  const replies = repliesOf(counters);
  const responses: Record<string, number> = {};
  for (const { rcode, times } of replies) responses[rcode] = (responses[rcode] ?? 0) + times;
  return {
    queries: {
      udp4: at(COUNTER.UDP4),
      udp6: at(COUNTER.UDP6),
      tcp4: at(COUNTER.TCP4),
      tcp6: at(COUNTER.TCP6),
    },
    responses,
    replies,
    truncated: at(COUNTER.TRUNCATED),
    dropped: {
      silenced: at(COUNTER.SILENCED),
      refusedPort: at(COUNTER.REFUSED_PORT),
      sendQueueFull: at(COUNTER.SEND_QUEUE_FULL),
      sendFailed: at(COUNTER.SEND_FAILED),
    },
    failed: at(COUNTER.FAILED),
    rateLimited: {
      slipped: at(COUNTER.RATE_SLIPPED),
      dropped: at(COUNTER.RATE_DROPPED),
      logOnly: at(COUNTER.RATE_LOG_ONLY),
      exempt: at(COUNTER.RATE_EXEMPT),
      lastV4: at(COUNTER.RATE_LAST_V4),
      lastV6: at(COUNTER.RATE_LAST_V6),
    },
    queryLog: { taken: at(COUNTER.LOG_TAKEN), lost: at(COUNTER.LOG_LOST) },
    tcp: {
      open: at(COUNTER.TCP_OPEN),
      waitingBytes: at(COUNTER.TCP_WAITING_BYTES),
      accepted: at(COUNTER.TCP_ACCEPTED),
      refused: at(COUNTER.TCP_REFUSED),
      evicted: at(COUNTER.TCP_EVICTED),
      timedOut: at(COUNTER.TCP_TIMED_OUT),
      tooLong: at(COUNTER.TCP_TOO_LONG),
      overfull: at(COUNTER.TCP_OVERFULL),
    },
    io: {
      way: (['unknown', 'dgram', 'ffi'] as const)[at(COUNTER.IO_WAY)] ?? 'unknown',
      receiveFailed: at(COUNTER.RECEIVE_FAILED),
      batchMessages: distribution(counters, COUNTER.BATCH_SIZE, batchBounds, at(COUNTER.BATCH_MESSAGES)),
      latencySeconds: distribution(counters, COUNTER.LATENCY, latencyBounds, at(COUNTER.LATENCY_SECONDS)),
    },
    snapshot: {
      patches: at(COUNTER.PATCHES),
      patchedAtMs: at(COUNTER.PATCHED_AT) || undefined,
      zones: at(COUNTER.ZONES),
      names: at(COUNTER.NAMES),
      tableBytes: at(COUNTER.TABLE_BYTES),
    },
  };
}

function repliesOf(counters: Counters): DnsCounters['replies'] {
  return (['udp4', 'udp6', 'tcp4', 'tcp6'] as const).flatMap((transport, row) =>
    Array.from({ length: RCODES }, (_, rcode) => ({
      transport,
      rcode: rcodeName(rcode),
      times: counters[COUNTER.RCODE + row * RCODES + rcode] ?? 0,
    })).filter(({ times }) => times > 0),
  );
}

function distribution(
  counters: Counters,
  place: number,
  bounds: readonly number[],
  sum: number,
): Distribution {
  return { bounds, counts: [...counters.subarray(place, place + bounds.length + 1)], sum };
}
