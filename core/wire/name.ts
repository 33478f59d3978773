declare const nameBrand: unique symbol;

/**
 * A domain name: wire form, uncompressed, A–Z lower-cased (no other octet is touched), root label included,
 * at most 255 octets. Two names are equal exactly when their bytes are. Made by `readName`, `parseName` and
 * `nameOf` only; never written to afterwards.
 */
export type Name = Uint8Array & { readonly [nameBrand]: true };

/** Limits of RFC 1035 §2.3.4, in octets; the name's includes length octets and the root label. */
export const MAX_NAME_BYTES = 255;
export const MAX_LABEL_BYTES = 63;

/** The root, `.`. */
export const ROOT = new Uint8Array(1) as Name;

/** Whether both are the same name (case was folded when they were read). */
export function namesEqual(a: Name, b: Name): boolean {
  return a === b || (a.length === b.length && bytesEqual(a, 0, b, 0, a.length));
}

/** Whether `name` is `ancestor` or lies below it, by label boundary: `badexample.com` is not below `example.com`. */
export function isSubdomain(name: Name, ancestor: Name): boolean {
  const surplus = name.length - ancestor.length;
  if (surplus < 0) return false;
  let at = 0;
  while (at < surplus) at += 1 + byte(name, at);
  return at === surplus && bytesEqual(name, at, ancestor, 0, ancestor.length);
}

/**
 * The name without its first label; undefined for the root.
 * @public the codec is used whole: transfers between clusters need it
 */
export function parentOf(name: Name): Name | undefined {
  const first = byte(name, 0);
  return first === 0 ? undefined : (name.subarray(1 + first) as Name);
}

/** Number of labels, the root not counted. */
export function labelCount(name: Name): number {
  return labelStarts(name, startsA);
}

/**
 * Canonical order of RFC 4034 §6.1: by labels from the right, each as unsigned octets, shorter first.
 * @public the codec is used whole: transfers between clusters need it
 */
export function compareNames(a: Name, b: Name): number {
  let i = labelStarts(a, startsA);
  let j = labelStarts(b, startsB);
  while (i > 0 && j > 0) {
    i -= 1;
    j -= 1;
    const order = compareLabels(a, byte(startsA, i), b, byte(startsB, j));
    if (order !== 0) return order;
  }
  return i - j;
}

// Scratch for label offsets, so that sorting many names allocates nothing. 127 is the most a name can have.
const startsA = new Uint8Array(128);
const startsB = new Uint8Array(128);

function labelStarts(name: Name, into: Uint8Array): number {
  let count = 0;
  for (let at = 0; byte(name, at) !== 0; at += 1 + byte(name, at)) {
    into[count] = at;
    count += 1;
  }
  return count;
}

function compareLabels(a: Name, at: number, b: Name, bt: number): number {
  const lengthA = byte(a, at);
  const lengthB = byte(b, bt);
  const shared = Math.min(lengthA, lengthB);
  for (let k = 1; k <= shared; k += 1) {
    const order = byte(a, at + k) - byte(b, bt + k);
    if (order !== 0) return order;
  }
  return lengthA - lengthB;
}

function bytesEqual(a: Uint8Array, at: number, b: Uint8Array, bt: number, length: number): boolean {
  for (let k = 0; k < length; k += 1) if (a[at + k] !== b[bt + k]) return false;
  return true;
}

// A Name is well-formed by construction, so the index never leaves it; 0 keeps the type a number.
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
