import { uint32 } from '#core/wire/cursor.ts';
import { Arena } from './arena.ts';
import { ENTRY } from './entry.ts';
import { ASTERISK, hashWildcard, type NameKey } from './name-key.ts';

/**
 * The existing names: an open-addressed hash table (linear probing, at most half full) from lower-case wire name to
 * the offset of its entry in `arena`. Names are compared, so that equal hashes do no harm; the hash is seeded, so
 * that nobody can prepare names that collide. Offset 0 means: not there.
 */
export class NameTable {
  readonly arena = new Arena();
  /** What `hashSuffixes` must be given for this table. */
  readonly seed: number;
  /** Names held, those included that only stand above others. */
  size = 0;
  /** The most labels that a name in here ever had: a suffix with more need not be looked up. */
  mostLabels = 0;
  /** Of each slot the hash, then the offset of the entry: they are read together, from one line of the cache. */
  #slots = new Int32Array(INITIAL_SLOTS * 2);
  #mask = INITIAL_SLOTS - 1;

  constructor(seed: number) {
    this.seed = seed | 0;
  }

  /** The entry of the suffix of `key` that starts at `label` (0: the whole name; `key.labels`: the root). */
  find(key: NameKey, label: number): number {
    const hash = key.hashes[label] ?? 0;
    for (let slot = slotOf(hash, this.#mask); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#offsetAt(slot);
      if (entry === 0) return 0;
      if (this.#slots[2 * slot] === hash && this.#isNamed(entry, key, label)) return entry;
    }
  }

  /** The entry of `*.<suffix of key at label>`. */
  findWildcard(key: NameKey, label: number): number {
    const hash = hashWildcard(key.hashes[label] ?? 0);
    for (let slot = slotOf(hash, this.#mask); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#offsetAt(slot);
      if (entry === 0) return 0;
      if (this.#slots[2 * slot] === hash && this.#isWildcardOf(entry, key, label)) return entry;
    }
  }

  /** Adds a name that is not there; `entry` already holds its name. */
  insert(key: NameKey, label: number, entry: number): void {
    this.size += 1;
    this.mostLabels = Math.max(this.mostLabels, key.labels - label);
    if (this.size * 2 > this.#mask + 1) this.#grow();
    this.#place(key.hashes[label] ?? 0, entry);
  }

  /** Points a name that is there to another entry. */
  replace(key: NameKey, label: number, entry: number): void {
    this.#slots[2 * this.#slotOfExisting(key, label) + 1] = entry;
  }

  /** Takes a name out that is there. Names behind it in the same run move up: there are no tombstones. */
  remove(key: NameKey, label: number): void {
    let hole = this.#slotOfExisting(key, label);
    this.size -= 1;
    for (let slot = (hole + 1) & this.#mask; this.#offsetAt(slot) !== 0; slot = (slot + 1) & this.#mask) {
      const hash = this.#slots[2 * slot] ?? 0;
      const home = slotOf(hash, this.#mask);
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue;
      this.#slots[2 * hole] = hash;
      this.#slots[2 * hole + 1] = this.#offsetAt(slot);
      hole = slot;
    }
    this.#slots[2 * hole + 1] = 0;
  }

  /** Bytes that the table takes. */
  get sizeBytes(): number {
    return this.arena.bytes.length + this.#slots.byteLength;
  }

  #offsetAt(slot: number): number {
    return this.#slots[2 * slot + 1] ?? 0;
  }

  #slotOfExisting(key: NameKey, label: number): number {
    const entry = this.find(key, label);
    let slot = slotOf(key.hashes[label] ?? 0, this.#mask);
    while (this.#offsetAt(slot) !== entry) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #place(hash: number, entry: number): void {
    let slot = slotOf(hash, this.#mask);
    while (this.#offsetAt(slot) !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = entry;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    this.#mask = before.length - 1;
    for (let at = 0; at < before.length; at += 2) {
      const entry = before[at + 1] ?? 0;
      if (entry !== 0) this.#place(before[at] ?? 0, entry);
    }
  }

  #isNamed(entry: number, key: NameKey, label: number): boolean {
    const { bytes } = this.arena;
    const from = key.labelAt[label] ?? 0;
    const length = key.length - from;
    if (bytes[entry + ENTRY.NAME_LENGTH] !== length) return false;
    const at = entry + ENTRY.NAME;
    for (let k = 0; k < length; k += 1) if (bytes[at + k] !== key.name[from + k]) return false;
    return true;
  }

  #isWildcardOf(entry: number, key: NameKey, label: number): boolean {
    const { bytes } = this.arena;
    const from = key.labelAt[label] ?? 0;
    const length = key.length - from;
    const at = entry + ENTRY.NAME;
    if (bytes[entry + ENTRY.NAME_LENGTH] !== length + 2) return false;
    if (bytes[at] !== 1 || bytes[at + 1] !== ASTERISK) return false;
    for (let k = 0; k < length; k += 1) if (bytes[at + 2 + k] !== key.name[from + k]) return false;
    return true;
  }
}

/** The octets that the entry at `entry` takes. */
export function entryLength(table: NameTable, entry: number): number {
  return uint32(table.arena.bytes, entry + ENTRY.LENGTH);
}

const INITIAL_SLOTS = 256;

// Spreads FNV's weak low bits (murmur3's finalizer).
function slotOf(hash: number, mask: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) & mask;
}
