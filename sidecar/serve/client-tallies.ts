import { furtherRandom } from './choose-leaf.ts';
import { type Client, isIpv4 } from './client.ts';

/**
 * What one DNS thread has counted of the clients of names whose answer varies, in shared memory: a row (`TALLY`) per
 * name, by the number that its entry holds. The thread counts up and sets bits; the main thread reads when it likes
 * and clears the bits. Zeros that nobody touched take no memory.
 */
export type ClientTallies = Int32Array<SharedArrayBuffer>;

/** Places in a row. */
export const TALLY = {
  /** Queries whose answer a resolver keeps for all its clients; only grows, and wraps. */
  FOR_ALL: 0,
  /** Queries whose answer is for the subnet that they name; the same. */
  FOR_SUBNET: 1,
  /** Two words of bits, one set by each network that asked `FOR_ALL`. */
  NETWORKS: 2,
  WORDS: 4,
} as const;

/** Rows: 1 MiB of addresses. Names beyond are answered like others, but nobody counts their clients. */
export const TALLY_ROWS = 65_536;

/** Of a name that has no row. */
export const NO_ROW = 0xffff_ffff;

export function createClientTallies(rows = TALLY_ROWS): ClientTallies {
  return new Int32Array(new SharedArrayBuffer(rows * TALLY.WORDS * Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Counts a query for the name with that row; `isForSubnet`: its answer is for the client subnet alone that it names.
 * Allocates nothing.
 */
export function countClient(tallies: ClientTallies, row: number, client: Client, isForSubnet: boolean): void {
  const at = row * TALLY.WORDS;
  if (at >= tallies.length) return;
  if (isForSubnet) {
    tallies[at + TALLY.FOR_SUBNET] = (tallies[at + TALLY.FOR_SUBNET] ?? 0) + 1;
    return;
  }
  tallies[at + TALLY.FOR_ALL] = (tallies[at + TALLY.FOR_ALL] ?? 0) + 1;
  const bit = networkBit(client);
  const word = at + TALLY.NETWORKS + (bit >>> 5);
  const mask = 1 << (bit & 31);
  // Atomic, since the main thread clears the word meanwhile; hardly ever, since most networks come again.
  if (((tallies[word] ?? 0) & mask) === 0) Atomics.or(tallies, word, mask);
}

/** 0 to 63; the same in every thread. Nobody gains from networks that collide, so the hash needs no secret. */
function networkBit(client: Client): number {
  const { address } = client;
  const octets = isIpv4(client) ? 3 : 7;
  let hash = octets;
  for (let k = 0; k < octets; k += 1) hash = Math.imul(hash ^ (address[k] ?? 0), 0x0100_0193);
  return furtherRandom(hash) & 63;
}
