import { isWithin, type Prefix } from '#core/wire/prefix.ts';
import { type Client, isIpv4 } from './client.ts';
import { COUNTER, count } from './counters.ts';

/** How many responses a client may have over UDP. The words and their meaning are BIND's (`rate-limit`). */
export interface RateLimits {
  /**
   * Responses per second to one prefix about one subject: a name (whatever types are asked), all names of a zone that
   * do not exist, all errors. 0 turns the limiter off. Default 1000: a site of a public resolver that tailors to
   * subnets asks for one popular name some hundred times a second.
   */
  readonly responsesPerSecond: number;
  /** Responses per second to one prefix about everything. Default 0: not limited. */
  readonly allPerSecond: number;
  /** For how long a client's excess is remembered. Default 15. */
  readonly windowSeconds: number;
  /** Of the responses beyond the limit, one in so many is sent with TC and no records. 0: none. Default 2. */
  readonly slip: number;
  /** Only counts what would be limited. Default false. */
  readonly logOnly: boolean;
  /** Clients that are never limited. Default the loopback. */
  readonly exempt: readonly Prefix[];
}

export const usualRateLimits: RateLimits = {
  responsesPerSecond: 1000,
  allPerSecond: 0,
  windowSeconds: 15,
  slip: 2,
  logOnly: false,
  exempt: [
    { family: 4, bytes: Uint8Array.of(127, 0, 0, 0), bits: 8 },
    { family: 6, bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), bits: 128 },
  ],
};

export type Verdict = 'send' | 'slip' | 'drop';

export interface RateLimiter {
  /** What shall become of a response that is ready to go to an unproven client over UDP. Allocates nothing. */
  judge(client: Client): Verdict;
}

/**
 * Response rate limiting: keeps a flood of queries with a spoofed source from being reflected onto that source. A
 * client is an IPv4 /24 or an IPv6 /56. Each (client, kind, subject), and each client as a whole, has a bucket that
 * holds a second's worth of responses; what goes beyond is owed, up to `windowSeconds`, and while something is owed
 * responses are slipped or dropped.
 *
 * Memory is fixed (768 KiB): 65,536 buckets in sets of four, found by a seeded hash. A new client takes the place of
 * the one in its set that owes least, so a flood from many sources makes room at the cost of the quiet ones, who
 * lose nothing by it, and never frees the one under attack. Time per call is bounded, whatever the traffic.
 *
 * The time is that of the client's datagram. `counters` takes the RATE_ places.
 */
export function createRateLimiter(limits: RateLimits, counters: Float64Array, seed: number): RateLimiter {
  const { responsesPerSecond, allPerSecond, slip, logOnly, exempt } = limits;
  const costMs = responsesPerSecond > 0 ? 1000 / responsesPerSecond : 0;
  const allCostMs = allPerSecond > 0 ? 1000 / allPerSecond : 0;
  const mostOwedMs = BURST_MS + limits.windowSeconds * 1000;
  const first = mix(seed | 0, 0x2545f491);
  const second = mix(first, 0x9e3779b9);
  const tags = new Int32Array(BUCKETS);
  // When the bucket will be full again (GCRA's theoretical arrival time): the further off, the more is owed.
  const fullAt = new Float64Array(BUCKETS);
  let random = first | 1;

  /** Takes one response out of the bucket; whether it held none. */
  const isExceeded = (place: number, tag: number, cost: number, now: number): boolean => {
    const from = (place & SET_MASK) * WAYS;
    let at = from;
    for (let way = from; ; way += 1) {
      if (way === from + WAYS) {
        tags[at] = tag;
        fullAt[at] = 0;
        break;
      }
      if (tags[way] === tag) {
        at = way;
        break;
      }
      if ((fullAt[way] ?? 0) < (fullAt[at] ?? 0)) at = way;
    }
    const due = Math.max(fullAt[at] ?? 0, now) + cost;
    fullAt[at] = Math.min(due, now + mostOwedMs);
    return due > now + BURST_MS;
  };

  const judgeExcess = (client: Client): Verdict => {
    for (let k = 0; k < exempt.length; k += 1) {
      const prefix = exempt[k];
      if (prefix === undefined || !isWithin(prefix, isIpv4(client) ? 4 : 6, client.address)) continue;
      count(counters, COUNTER.RATE_EXEMPT);
      return 'send';
    }
    notePrefix(counters, client);
    if (logOnly) {
      count(counters, COUNTER.RATE_LOG_ONLY);
      return 'send';
    }
    // By chance, lest a client whose queries come in step with the attacker's be dropped each time.
    random = nextRandom(random);
    if (slip > 0 && (random >>> 8) % slip === 0) {
      count(counters, COUNTER.RATE_SLIPPED);
      return 'slip';
    }
    count(counters, COUNTER.RATE_DROPPED);
    return 'drop';
  };

  return {
    judge: (client) => {
      if (costMs === 0) return 'send';
      const { address, receivedMs: now, rrlKind, rrlSubject } = client;
      const isV4 = isIpv4(client);
      const start = uint24(address, 0) | (isV4 ? 0 : (address[3] ?? 0) << 24);
      const rest = isV4 ? 0 : uint24(address, 4);
      const place = isV4 ? mix(first, start) : mix(mix(first, start), rest);
      const tag = isV4 ? mix(second, start) : mix(mix(second, start), rest);
      const subject = (rrlSubject << 2) | rrlKind;
      const isOfSubject = isExceeded(mix(place, subject), mix(tag, subject) | 1, costMs, now);
      const isOfAll = allCostMs > 0 && isExceeded(place, tag & ~1, allCostMs, now);
      return isOfSubject || isOfAll ? judgeExcess(client) : 'send';
    },
  };
}

const BUCKETS = 65_536;
const WAYS = 4;
const SET_MASK = BUCKETS / WAYS - 1;

/** What a full bucket holds. */
const BURST_MS = 1000;

/** One step of a keyed hash: `word` is mixed into `state`. (Murmur3's finalizer, which leaves no bit where it was.) */
function mix(state: number, word: number): number {
  let h = state ^ word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) + state) | 0;
}

function nextRandom(state: number): number {
  let next = state ^ (state << 13);
  next ^= next >>> 17;
  return next ^ (next << 5);
}

function uint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

/** For the log line of the main thread: each fits a double, so that it cannot be read half written. */
function notePrefix(counters: Float64Array, client: Client): void {
  const { address } = client;
  if (isIpv4(client)) counters[COUNTER.RATE_LAST_V4] = uint24(address, 0);
  else counters[COUNTER.RATE_LAST_V6] = uint24(address, 0) * 2 ** 24 + uint24(address, 3);
}
