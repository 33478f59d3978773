import { findNetwork, type NetworkTree, TREE } from '#core/mmdb/network-tree.ts';
import { uint16, uint32 } from '#core/wire/cursor.ts';
import { BY_HASH, BY_NET, BY_PLACE, CHOICE_KIND, WEIGHTED } from './entry.ts';
import { HASH_KEY_BYTES, maskNetwork, rendezvous } from './rendezvous.ts';

/** For whom an answer is chosen, and what it came to depend on. One is filled over and over. */
export interface Asker {
  isIpv4: boolean;
  /** The first 4 or 16 octets count; 0 behind `bits`. */
  readonly address: Uint8Array;
  /** How much of the address is known. */
  bits: number;
  /** Set by `chooseLeaf`: every client in this prefix of the address gets the same answer, chance apart. */
  scopeBits: number;
}

export function createAsker(): Asker {
  return { isIpv4: true, address: new Uint8Array(16), bits: 0, scopeBits: 0 };
}

/**
 * Walks the choice whose root is at `root` of `bytes` and returns where the leaf stands that it ends in. `random`: 32
 * bits; `places`: the database of places that is loaded. Allocates nothing.
 */
export function chooseLeaf(
  bytes: Uint8Array,
  root: number,
  asker: Asker,
  places: NetworkTree | undefined,
  random: number,
): number {
  asker.scopeBits = 0;
  let node = root;
  for (;;) {
    switch (bytes[node]) {
      case CHOICE_KIND.WEIGHTED:
        node = root + drawn(bytes, node, random);
        break;
      case CHOICE_KIND.BY_HASH:
        node = root + hashed(bytes, node, asker);
        break;
      case CHOICE_KIND.BY_PLACE:
        node = root + placed(bytes, node, asker, places);
        break;
      case CHOICE_KIND.BY_NET:
        node = root + inNetwork(bytes, node, asker);
        break;
      default:
        return node;
    }
  }
}

/** Random bits for what is chosen after the first `random` were used up (murmur3's finalizer). */
export function furtherRandom(random: number): number {
  let mixed = Math.imul(random ^ (random >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function drawn(bytes: Uint8Array, node: number, random: number): number {
  const columns = uint16(bytes, node + 1);
  const sum = uint32(bytes, node + 3);
  const point = ((random >>> 0) / 2 ** 32) * columns;
  const column = Math.floor(point);
  const parts = node + WEIGHTED.HEADER;
  const part = parts + column * WEIGHTED.PART;
  const isOwn = (point - column) * sum < uint32(bytes, part);
  const taken = isOwn ? part : parts + uint16(bytes, part + 4) * WEIGHTED.PART;
  return uint32(bytes, taken + 6);
}

// One for all: a choice is made without pause.
const network = new Uint8Array(16);

function hashed(bytes: Uint8Array, node: number, asker: Asker): number {
  const { isIpv4, address } = asker;
  const bits = Math.min(bytes[node + (isIpv4 ? 1 : 2)] ?? 0, asker.bits);
  const sets = uint16(bytes, node + 3);
  maskNetwork(address, isIpv4, bits, network);
  const parts = node + BY_HASH.HEADER;
  const chosen = parts + BY_HASH.PART * rendezvous(bytes, parts, BY_HASH.PART, sets, isIpv4, network);
  if (sets > 1) asker.scopeBits = Math.max(asker.scopeBits, bits);
  return uint32(bytes, chosen + HASH_KEY_BYTES + 4);
}

const found = { value: -1, bits: 0 };

function placed(bytes: Uint8Array, node: number, asker: Asker, places: NetworkTree | undefined): number {
  const choicesAt = node + BY_PLACE.HEADER;
  const choices = uint16(bytes, node + 9);
  let choice = uint16(bytes, node + 11);
  // Of another database the numbers of places mean other places.
  if (places !== undefined && places[TREE.REVISION] === uint32(bytes, node + 1)) {
    findNetwork(places, asker.isIpv4, asker.address, found);
    if (found.value >= 0 && found.value < uint32(bytes, node + 5))
      choice = uint16(bytes, choicesAt + 4 * choices + 2 * found.value);
    if (choices > 1) asker.scopeBits = Math.max(asker.scopeBits, Math.min(found.bits, asker.bits));
  }
  return uint32(bytes, choicesAt + 4 * choice);
}

/**
 * The longest network that holds all of the asker's. Where none of those around it in the sorted table do, they still
 * say how long a prefix must be to keep clear of them.
 */
function inNetwork(bytes: Uint8Array, node: number, asker: Asker): number {
  const { isIpv4, address, bits } = asker;
  const size = isIpv4 ? 4 : 16;
  const step = size + BY_NET.PART;
  const ofIpv4 = uint32(bytes, node + 5);
  const networks = isIpv4 ? ofIpv4 : uint32(bytes, node + 9);
  const table = node + BY_NET.HEADER + (isIpv4 ? 0 : ofIpv4 * (4 + BY_NET.PART));

  let from = 0;
  let to = networks;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isAbove(bytes, table + middle * step, address, size)) to = middle;
    else from = middle + 1;
  }
  // `from` networks start at the address or before it.
  let scope = 0;
  if (from < networks) scope = commonBits(bytes, table + from * step, address, size) + 1;
  let at = from;
  while (at > 0) {
    const entry = table + (at - 1) * step;
    const length = bytes[entry + size] ?? 0;
    const common = commonBits(bytes, entry, address, size);
    if (common >= length && length <= bits) {
      scope = Math.max(scope, length);
      break;
    }
    scope = Math.max(scope, Math.min(common, length) + 1);
    at = uint32(bytes, entry + size + 1);
  }
  asker.scopeBits = Math.max(asker.scopeBits, Math.min(scope, bits));
  return uint32(bytes, at === 0 ? node + 1 : table + (at - 1) * step + size + 5);
}

function isAbove(bytes: Uint8Array, at: number, address: Uint8Array, size: number): boolean {
  for (let k = 0; k < size; k += 1) {
    const difference = (bytes[at + k] ?? 0) - (address[k] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function commonBits(bytes: Uint8Array, at: number, address: Uint8Array, size: number): number {
  for (let k = 0; k < size; k += 1) {
    const difference = (bytes[at + k] ?? 0) ^ (address[k] ?? 0);
    if (difference !== 0) return 8 * k + Math.clz32(difference) - 24;
  }
  return 8 * size;
}
