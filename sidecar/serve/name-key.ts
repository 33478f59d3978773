/**
 * A name taken apart for looking up it and its ancestors: lower-cased, with the start of each label and the hash of
 * each suffix. One is filled over and over, so that a query allocates nothing.
 */
export interface NameKey {
  /** Lower-case wire form, root label included. */
  readonly name: Uint8Array;
  /** Octets of `name` that count. */
  length: number;
  /** Labels without the root. */
  labels: number;
  /** Where each label starts in `name`; at [labels] the root label. */
  readonly labelAt: Uint8Array;
  /** Hash of the suffix that starts at each label; at [labels] the root's. Filled by `hashSuffixes`. */
  readonly hashes: Int32Array;
}

export function createNameKey(): NameKey {
  return {
    name: Buffer.alloc(MAX_NAME_BYTES),
    length: 0,
    labels: 0,
    labelAt: new Uint8Array(MAX_LABELS + 1),
    hashes: new Int32Array(MAX_LABELS + 1),
  };
}

/**
 * Fills `key` (but its hashes) with the uncompressed name that starts at `at`. Returns the offset behind it, or 0
 * when it is none: it runs past `end`, exceeds 63 or 255 octets, or holds a pointer, which the first name of a
 * message cannot.
 */
export function readNameKey(key: NameKey, bytes: Uint8Array, at: number, end: number): number {
  const { name, labelAt } = key;
  let from = at;
  let out = 0;
  let labels = 0;
  for (;;) {
    if (from >= end) return 0;
    const size = bytes[from] ?? 0;
    if (size === 0) break;
    if (size > MAX_LABEL_BYTES || out + size + 2 > MAX_NAME_BYTES || from + size >= end) return 0;
    labelAt[labels] = out;
    labels += 1;
    name[out] = size;
    for (let k = 1; k <= size; k += 1) name[out + k] = lowerCase[bytes[from + k] ?? 0] ?? 0;
    out += size + 1;
    from += size + 1;
  }
  labelAt[labels] = out;
  name[out] = 0;
  key.labels = labels;
  key.length = out + 1;
  return from + 1;
}

/** Fills `key.hashes`. One pass from the right end gives the hash of every suffix. */
export function hashSuffixes(key: NameKey, seed: number): void {
  const { name, labelAt, hashes, labels } = key;
  let hash = seed | 0;
  hashes[labels] = hash;
  let end = key.length - 1;
  for (let label = labels - 1; label >= 0; label -= 1) {
    const start = labelAt[label] ?? 0;
    for (let k = end - 1; k >= start; k -= 1) hash = hashOctet(hash, name[k] ?? 0);
    hashes[label] = hash;
    end = start;
  }
}

/** The hash of `*.<suffix>`, given the suffix's. */
export function hashWildcard(suffixHash: number): number {
  return hashOctet(hashOctet(suffixHash, ASTERISK), 1);
}

export const ASTERISK = 0x2a;

const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const MAX_LABELS = 127;

// A word for each octet, drawn anew by each thread. Were only the start of the hash secret, names could be found that
// collide whatever it is, as is known of FNV; and the seed also starts what clients see as the order of addresses.
const octetWords = crypto.getRandomValues(new Int32Array(256));

// FNV's step on the octet's word, turned so that its weak low bits come to depend on the high ones.
function hashOctet(hash: number, octet: number): number {
  const product = Math.imul(hash ^ (octetWords[octet] ?? 0), 0x01000193);
  return (product << 15) | (product >>> 17);
}

const lowerCase = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet,
);
