import { HEADER_BYTES } from '#core/wire/constants.ts';
import { uint16 } from '#core/wire/cursor.ts';
import { type Client, isIpv4 } from './client.ts';
import type { Transport } from './counters.ts';
import type { Verdict } from './rate-limit.ts';

/** Memory that the DNS threads and the main thread share: queries on their way to the query log. */
export type QueryRing = SharedArrayBuffer;

/** One query and what became of it. `name` is in wire form, lower and upper case as asked; empty when unreadable. */
export interface LoggedQuery {
  /** Since 1970. */
  readonly timeMs: number;
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly transport: Transport;
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
  /** All twelve bits. */
  readonly rcode: number;
  readonly queryBytes: number;
  /** 0: no reply was made. */
  readonly replyBytes: number;
  readonly verdict: Verdict;
}

export function createQueryRing(): QueryRing {
  const ring = new SharedArrayBuffer(CURSORS_BYTES + SLOTS * (4 + SLOT_BYTES));
  const { states } = views(ring);
  for (let slot = 0; slot < SLOTS; slot += 1) states[slot] = slot;
  return ring;
}

/** Where a DNS thread puts queries. */
export interface QueryRecorder {
  /**
   * Takes down a query, or does nothing when the ring is full: false then. Allocates nothing and never waits;
   * several threads may record at once.
   */
  record(
    client: Client,
    verdict: Verdict,
    bytes: Uint8Array,
    length: number,
    replyBytes: number,
    timeMs: number,
  ): boolean;
}

export function createQueryRecorder(ring: QueryRing): QueryRecorder {
  const { cursors, states, octets, doubles } = views(ring);
  return {
    record: (client, verdict, bytes, length, replyBytes, timeMs) => {
      let ticket = Atomics.load(cursors, HEAD);
      for (;;) {
        // A slot whose state is the ticket is free for it; one behind it is still full (Vyukov's bounded queue).
        const lead = (Atomics.load(states, ticket & SLOT_MASK) - ticket) | 0;
        if (lead < 0) return false;
        const seen = lead > 0 ? -1 : Atomics.compareExchange(cursors, HEAD, ticket, (ticket + 1) | 0);
        if (lead === 0 && seen === ticket) break;
        ticket = Atomics.load(cursors, HEAD);
      }
      const slot = ticket & SLOT_MASK;
      const at = slot * SLOT_BYTES;
      doubles[at >> 3] = timeMs;
      const addressBytes = isIpv4(client) ? 4 : 16;
      for (let k = 0; k < addressBytes; k += 1) octets[at + ADDRESS + k] = client.address[k] ?? 0;
      put16(octets, at + PORT, client.port);
      octets[at + TRANSPORT] = client.transport;
      octets[at + VERDICT] = verdict === 'send' ? 0 : verdict === 'slip' ? 1 : 2;
      put16(octets, at + RCODE, client.rcode);
      put16(octets, at + QUERY_BYTES, length);
      put16(octets, at + REPLY_BYTES, replyBytes);
      const nameBytes = copyName(bytes, length, octets, at + NAME);
      octets[at + NAME_BYTES] = nameBytes;
      const end = HEADER_BYTES + nameBytes;
      put16(octets, at + TYPE, nameBytes === 0 ? 0 : uint16(bytes, end));
      put16(octets, at + CLASS, nameBytes === 0 ? 0 : uint16(bytes, end + 2));
      Atomics.store(states, slot, (ticket + 1) | 0);
      return true;
    },
  };
}

/** Takes the oldest query out of the ring; undefined when there is none. One thread may have this. */
export function createQueryReader(ring: QueryRing): () => LoggedQuery | undefined {
  const { cursors, states, octets, doubles } = views(ring);
  return () => {
    const ticket = Atomics.load(cursors, TAIL);
    const slot = ticket & SLOT_MASK;
    if (Atomics.load(states, slot) !== ((ticket + 1) | 0)) return undefined;
    const at = slot * SLOT_BYTES;
    const transport = transports[octets[at + TRANSPORT] ?? 0] ?? 'udp4';
    const query: LoggedQuery = {
      timeMs: doubles[at >> 3] ?? 0,
      address: octets.slice(at + ADDRESS, at + ADDRESS + (transport.endsWith('4') ? 4 : 16)),
      port: uint16(octets, at + PORT),
      transport,
      name: octets.slice(at + NAME, at + NAME + (octets[at + NAME_BYTES] ?? 0)),
      type: uint16(octets, at + TYPE),
      class: uint16(octets, at + CLASS),
      rcode: uint16(octets, at + RCODE),
      queryBytes: uint16(octets, at + QUERY_BYTES),
      replyBytes: uint16(octets, at + REPLY_BYTES),
      verdict: verdicts[octets[at + VERDICT] ?? 0] ?? 'send',
    };
    Atomics.store(states, slot, (ticket + SLOTS) | 0);
    Atomics.store(cursors, TAIL, (ticket + 1) | 0);
    return query;
  };
}

const transports = ['udp4', 'udp6', 'tcp4', 'tcp6'] as const;
const verdicts = ['send', 'slip', 'drop'] as const;

/** A power of two. Read ten times a second, they hold the queries of a tenth of a second. */
const SLOTS = 8192;
const SLOT_MASK = SLOTS - 1;
const SLOT_BYTES = 304;
const CURSORS_BYTES = 8;
const HEAD = 0;
const TAIL = 1;

// Offsets in a slot, behind the time.
const ADDRESS = 8;
const PORT = 24;
const TRANSPORT = 26;
const VERDICT = 27;
const RCODE = 28;
const QUERY_BYTES = 30;
const REPLY_BYTES = 32;
const TYPE = 34;
const CLASS = 36;
const NAME_BYTES = 38;
const NAME = 40;

interface Views {
  readonly cursors: Int32Array;
  /** Of each slot: the ticket that may fill it, or one more when it is filled. */
  readonly states: Int32Array;
  readonly octets: Uint8Array;
  readonly doubles: Float64Array;
}

function views(ring: QueryRing): Views {
  const slotsAt = CURSORS_BYTES + SLOTS * 4;
  return {
    cursors: new Int32Array(ring, 0, 2),
    states: new Int32Array(ring, CURSORS_BYTES, SLOTS),
    octets: new Uint8Array(ring, slotsAt),
    doubles: new Float64Array(ring, slotsAt),
  };
}

/** Copies the uncompressed name behind the header; returns its octets, 0 when there is none with type and class. */
function copyName(bytes: Uint8Array, length: number, out: Uint8Array, outAt: number): number {
  let at = HEADER_BYTES;
  for (;;) {
    const size = bytes[at] ?? 0;
    const next = at + 1 + size;
    if (at >= length || size > 63 || next - HEADER_BYTES > 255 || next + (size === 0 ? 4 : 0) > length)
      return 0;
    for (let k = at; k < next; k += 1) out[outAt + k - HEADER_BYTES] = bytes[k] ?? 0;
    at = next;
    if (size === 0) return at - HEADER_BYTES;
  }
}

function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}
