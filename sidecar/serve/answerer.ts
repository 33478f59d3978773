import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import { HEADER_BYTES, RCODE } from '#core/wire/constants.ts';
import { applyPatch } from './apply-patch.ts';
import { type Client, RRL_KIND } from './client.ts';
import { COOKIE } from './cookies.ts';
import { COUNTER, type Counters, count, countReply } from './counters.ts';
import { createQuery } from './query.ts';
import { TRUNCATED } from './reply.ts';
import { respond } from './respond.ts';
import { createServed } from './served.ts';
import type { Settings } from './settings.ts';

/**
 * What I/O needs of the DNS thread: hand over the first `length` octets of a message, get the length of the reply
 * that now stands in `out`, 0 for none. `client` says who asks, and is told what was found out. Never throws, keeps
 * nothing of either buffer.
 */
export type Answer = (bytes: Uint8Array, length: number, client: Client, out: Uint8Array) => number;

export interface Answerer {
  readonly answer: Answer;
  patch(bytes: Buffer): void;
  /** Where clients are from now on. */
  setPlaces(tree: NetworkTree): void;
}

/**
 * Answers from what the patches make. `onFailure` hears of the first query that a fault of ours kept from being
 * answered; all of them are counted, and get SERVFAIL.
 */
export function createAnswerer(options: {
  /** Salts the hash of names and starts the random numbers that pick answers. */
  readonly seed: number;
  readonly settings: Settings;
  readonly counters: Counters;
  readonly onFailure: (error: unknown) => void;
}): Answerer {
  const { settings, counters, onFailure } = options;
  const query = createQuery();
  let served = createServed(options.seed);
  let random = options.seed | 1;

  return {
    answer: (bytes, length, client, out) => {
      const { transport } = client;
      count(counters, transport);
      query.bytes = bytes;
      query.length = length;
      query.client = client;
      query.cookie = COOKIE.NONE;
      query.rrlKind = RRL_KIND.ERROR;
      query.rrlSubject = 0;
      random = nextRandom(random);
      let size: number;
      try {
        size = respond(served, settings, query, random, out);
      } catch (error) {
        if (counters[COUNTER.FAILED] === 0) onFailure(error);
        count(counters, COUNTER.FAILED);
        query.rcode = RCODE.SERVFAIL;
        size = writeFailure(bytes, length, out);
      }
      client.cookieValid = query.cookie >= COOKIE.OLD;
      client.rrlKind = query.rrlKind;
      client.rrlSubject = query.rrlSubject;
      client.rcode = query.rcode;
      if (size === 0) count(counters, COUNTER.SILENCED);
      else {
        countReply(counters, transport, query.rcode);
        if (((out[2] ?? 0) & TRUNCATED) !== 0) count(counters, COUNTER.TRUNCATED);
      }
      return size;
    },
    setPlaces: (tree) => {
      served.places = tree;
    },
    patch: (bytes) => {
      served = applyPatch(served, bytes);
      count(counters, COUNTER.PATCHES);
      counters[COUNTER.PATCHED_AT] = Date.now();
      counters[COUNTER.ZONES] = served.zones.length;
      counters[COUNTER.NAMES] = served.names;
      counters[COUNTER.TABLE_BYTES] = served.table.sizeBytes;
    },
  };
}

/** xorshift32: cheap, and good enough to spread load; nothing secret hangs on it. */
function nextRandom(state: number): number {
  let next = state ^ (state << 13);
  next ^= next >>> 17;
  return next ^ (next << 5);
}

/** SERVFAIL with nothing but a header: the question may be what we stumbled over. */
function writeFailure(bytes: Uint8Array, length: number, out: Uint8Array): number {
  if (length < HEADER_BYTES) return 0;
  out[0] = bytes[0] ?? 0;
  out[1] = bytes[1] ?? 0;
  out[2] = 0x80 | ((bytes[2] ?? 0) & 0x79);
  out[3] = RCODE.SERVFAIL;
  out.fill(0, 4, HEADER_BYTES);
  return HEADER_BYTES;
}
