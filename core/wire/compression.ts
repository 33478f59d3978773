import type { Name } from './name.ts';

/**
 * Which names a message that is being written already holds: a hash table from name suffix to its offset.
 * One is kept and emptied per message, so that writing allocates nothing.
 */
export interface SuffixTable {
  /** Open addressing; 0 is a free slot (no name stands at offset 0). */
  readonly slots: Uint16Array;
  /** Slots in the order they were filled, so that the last ones can be freed again. */
  readonly filled: Uint16Array;
  count: number;
}

/** An empty table. */
export function suffixTable(): SuffixTable {
  return { slots: new Uint16Array(SLOTS), filled: new Uint16Array(CAPACITY), count: 0 };
}

/** Forgets all but the first `count` entries, for what they pointed to was taken back. */
export function forgetSuffixes(table: SuffixTable, count: number): void {
  while (table.count > count) {
    table.count -= 1;
    table.slots[table.filled[table.count] ?? 0] = 0;
  }
}

/**
 * Writes `name` at `offset` with the longest suffix that the message already holds replaced by a pointer
 * (RFC 1035 §4.1.4), and enters its new suffixes. Returns the offset behind it.
 */
export function writeCompressed(message: Uint8Array, offset: number, name: Name, table: SuffixTable): number {
  const labels = hashSuffixes(name);
  let found = 0;
  let shared = 0;
  while (shared < labels) {
    found = lookUp(table, message, name, starts[shared] ?? 0, hashes[shared] ?? 0);
    if (found !== 0) break;
    shared += 1;
  }
  const literal = found === 0 ? name.length : (starts[shared] ?? 0);
  if (offset + literal + 2 <= message.length) {
    for (let k = 0; k < literal; k += 1) message[offset + k] = name[k] ?? 0;
    if (found !== 0) {
      message[offset + literal] = 0xc0 | (found >> 8);
      message[offset + literal + 1] = found & 0xff;
    }
    for (let k = 0; k < shared; k += 1) enter(table, offset + (starts[k] ?? 0), hashes[k] ?? 0);
  }
  return offset + literal + (found === 0 ? 0 : 2);
}

const SLOTS = 2048;
const CAPACITY = 1024;
const MAX_POINTER = 0x3fff;

// Scratch: where each label of the name at hand starts, and the hash from there to the name's end.
const starts = new Uint8Array(128);
const hashes = new Uint32Array(128);

function hashSuffixes(name: Name): number {
  let labels = 0;
  for (let at = 0; (name[at] ?? 0) !== 0; at += 1 + (name[at] ?? 0)) {
    starts[labels] = at;
    labels += 1;
  }
  let hash = 0x811c9dc5;
  let end = name.length - 1;
  for (let k = labels - 1; k >= 0; k -= 1) {
    const start = starts[k] ?? 0;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (name[at] ?? 0), 0x01000193);
    hashes[k] = hash;
    end = start;
  }
  return labels;
}

function slotOf(hash: number): number {
  return ((hash ^ (hash >>> 15)) >>> 0) % SLOTS;
}

function lookUp(table: SuffixTable, message: Uint8Array, name: Name, from: number, hash: number): number {
  for (let slot = slotOf(hash); ; slot = (slot + 1) % SLOTS) {
    const offset = table.slots[slot] ?? 0;
    if (offset === 0 || standsAt(message, offset, name, from)) return offset;
  }
}

function enter(table: SuffixTable, offset: number, hash: number): void {
  if (offset > MAX_POINTER || table.count === CAPACITY) return;
  let slot = slotOf(hash);
  while ((table.slots[slot] ?? 0) !== 0) slot = (slot + 1) % SLOTS;
  table.slots[slot] = offset;
  table.filled[table.count] = slot;
  table.count += 1;
}

// Whether the name at `offset`, which this writer wrote, is `name` from `from` on.
function standsAt(message: Uint8Array, offset: number, name: Name, from: number): boolean {
  let at = offset;
  let i = from;
  for (;;) {
    const length = message[at] ?? 0;
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | (message[at + 1] ?? 0);
      continue;
    }
    if (length !== name[i]) return false;
    if (length === 0) return true;
    for (let k = 1; k <= length; k += 1) if (message[at + k] !== name[i + k]) return false;
    at += 1 + length;
    i += 1 + length;
  }
}
