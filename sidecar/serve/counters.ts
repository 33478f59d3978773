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
  /** No reply: UDP from port 0, to which none can be sent. */
  PORT_ZERO: 6,
  /** No reply: too many wait to be sent on that socket. */
  SEND_QUEUE_FULL: 7,
  /** Queries that a fault of ours kept from being answered (SERVFAIL). */
  FAILED: 8,
  TCP_OPEN: 9,
  TCP_ACCEPTED: 10,
  /** Closed at once: that client has too many. */
  TCP_REFUSED: 11,
  /** Closed while idle to make room for another client's. */
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
  RCODE: 20,
} as const;

/** Response codes that we give; BADVERS is 16. */
const RCODES = 24;

export function createCounters(): Counters {
  return new Float64Array(new SharedArrayBuffer((COUNTER.RCODE + RCODES) * Float64Array.BYTES_PER_ELEMENT));
}

/** Adds one. */
export function count(counters: Float64Array, place: number): void {
  counters[place] = (counters[place] ?? 0) + 1;
}

/** What the DNS server has done since it started, and what it holds. All but `open`, `snapshot` only grow. */
export interface DnsCounters {
  readonly queries: {
    readonly udp4: number;
    readonly udp6: number;
    readonly tcp4: number;
    readonly tcp6: number;
  };
  /** By name of the response code; those never given are left out. */
  readonly responses: Readonly<Record<string, number>>;
  readonly truncated: number;
  /** Messages that got no reply, by reason. */
  readonly dropped: { readonly silenced: number; readonly portZero: number; readonly sendQueueFull: number };
  /** Queries that a fault of ours kept from being answered. */
  readonly failed: number;
  readonly tcp: {
    readonly open: number;
    readonly accepted: number;
    readonly refused: number;
    readonly evicted: number;
    readonly timedOut: number;
    readonly tooLong: number;
  };
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

/** The numbers as they stand. */
export function readCounters(counters: Counters): DnsCounters {
  const at = (place: number) => counters[place] ?? 0;
  const responses: Record<string, number> = {};
  for (let rcode = 0; rcode < RCODES; rcode += 1) {
    const times = at(COUNTER.RCODE + rcode);
    if (times > 0) responses[rcodeName(rcode)] = times;
  }
  return {
    queries: {
      udp4: at(COUNTER.UDP4),
      udp6: at(COUNTER.UDP6),
      tcp4: at(COUNTER.TCP4),
      tcp6: at(COUNTER.TCP6),
    },
    responses,
    truncated: at(COUNTER.TRUNCATED),
    dropped: {
      silenced: at(COUNTER.SILENCED),
      portZero: at(COUNTER.PORT_ZERO),
      sendQueueFull: at(COUNTER.SEND_QUEUE_FULL),
    },
    failed: at(COUNTER.FAILED),
    tcp: {
      open: at(COUNTER.TCP_OPEN),
      accepted: at(COUNTER.TCP_ACCEPTED),
      refused: at(COUNTER.TCP_REFUSED),
      evicted: at(COUNTER.TCP_EVICTED),
      timedOut: at(COUNTER.TCP_TIMED_OUT),
      tooLong: at(COUNTER.TCP_TOO_LONG),
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
