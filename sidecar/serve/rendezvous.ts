import { createHash } from 'node:crypto';
import { uint32 } from '#core/wire/cursor.ts';
import { sipHash24 } from './siphash.ts';

/** Octets that a key takes in a compiled choice. */
export const HASH_KEY_BYTES = 16;

/** The hash key of a set: the first 16 octets of the SHA-256 of its key (a geotag) in UTF-8. */
export function hashKeyOf(key: string): Uint8Array {
  return createHash('sha256').update(key, 'utf8').digest().subarray(0, HASH_KEY_BYTES);
}

/**
 * Which of `sets` sets the network belongs to: the one with the highest score (weighted rendezvous hashing). The score
 * is weight / -ln u, where u = (h + 1/2) / 2^52 and h is the highest 52 bits of the SipHash-2-4 under the set's key, a
 * little-endian number, of these octets: the family (4 or 6), then the 4 or 16 octets of the network, 0 behind its
 * length. Nothing in it belongs to a process, so that every sidecar of every cluster comes to the same answer. Each
 * `step` octets from `at` on there stands a key, with the weight behind it. Allocates nothing, for which reason
 * no score leaves this function.
 */
export function rendezvous(
  bytes: Uint8Array,
  at: number,
  step: number,
  sets: number,
  isIpv4: boolean,
  network: Uint8Array,
): number {
  const size = isIpv4 ? 4 : 16;
  input[0] = isIpv4 ? 4 : 6;
  for (let k = 0; k < size; k += 1) input[k + 1] = network[k] ?? 0;
  let best = 0;
  let chosen = 0;
  for (let set = 0; set < sets; set += 1) {
    const keyAt = at + set * step;
    for (let k = 0; k < 4; k += 1) hashKey[k] = swapped(bytes, keyAt + 4 * k);
    sipHash24(hashKey, input, size + 1, hash, 0);
    const high = swapped(hash, 4) >>> 0;
    const low = swapped(hash, 0) >>> 12;
    const weight = uint32(bytes, keyAt + HASH_KEY_BYTES);
    const score = weight / -Math.log((high * 2 ** 20 + low + 0.5) / 2 ** 52);
    if (score > best) {
      best = score;
      chosen = set;
    }
  }
  return chosen;
}

/** Sets the bits of the address behind the first `bits` to 0, in `into`. */
export function maskNetwork(address: Uint8Array, isIpv4: boolean, bits: number, into: Uint8Array): void {
  const size = isIpv4 ? 4 : 16;
  for (let k = 0; k < size; k += 1) {
    const kept = bits - 8 * k;
    const mask = kept >= 8 ? 0xff : kept <= 0 ? 0 : 0xff << (8 - kept);
    into[k] = (address[k] ?? 0) & mask;
  }
}

// One for all: a hash is made without pause.
const hashKey = new Int32Array(4);
const input = new Uint8Array(17);
const hash = new Uint8Array(8);

/** Four octets, least significant first. */
function swapped(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
