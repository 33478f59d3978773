/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of the first `length` octets of `input`, with a key of four 32-bit words
 * in little-endian order. The eight octets go into `out` at `outAt`. 64-bit words are held as halves in numbers, for
 * a BigInt is an allocation; Node's crypto has no SipHash.
 */
export function sipHash24(
  key: Int32Array,
  input: Uint8Array,
  length: number,
  out: Uint8Array,
  outAt: number,
): void {
  const k0 = key[0] ?? 0;
  const k1 = key[1] ?? 0;
  const k2 = key[2] ?? 0;
  const k3 = key[3] ?? 0;
  // v0 to v3 of the paper are a to d, each its low half before its high one.
  let a0 = k0 ^ 0x70736575;
  let a1 = k1 ^ 0x736f6d65;
  let b0 = k2 ^ 0x6e646f6d;
  let b1 = k3 ^ 0x646f7261;
  let c0 = k0 ^ 0x6e657261;
  let c1 = k1 ^ 0x6c796765;
  let d0 = k2 ^ 0x79746573;
  let d1 = k3 ^ 0x74656462;

  const blocks = (length >> 3) + 1;
  // Two rounds for each block, the last of which holds the length, and four at the end.
  for (let step = 0; step < blocks + 2; step += 1) {
    let m0 = 0;
    let m1 = 0;
    if (step < blocks) {
      m0 = word(input, 8 * step, length);
      m1 = word(input, 8 * step + 4, length);
      if (step === blocks - 1) m1 |= length << 24;
    } else if (step === blocks) c0 ^= 0xff;
    d0 ^= m0;
    d1 ^= m1;
    for (let round = 0; round < 2; round += 1) {
      // a += b; b = rotate(b, 13) ^ a; a = rotate(a, 32)
      let low = (a0 + b0) | 0;
      let high = (a1 + b1 + (low >>> 0 < a0 >>> 0 ? 1 : 0)) | 0;
      let turned = (b0 << 13) | (b1 >>> 19);
      b1 = ((b1 << 13) | (b0 >>> 19)) ^ high;
      b0 = turned ^ low;
      a0 = high;
      a1 = low;
      // c += d; d = rotate(d, 16) ^ c
      low = (c0 + d0) | 0;
      c1 = (c1 + d1 + (low >>> 0 < c0 >>> 0 ? 1 : 0)) | 0;
      c0 = low;
      turned = (d0 << 16) | (d1 >>> 16);
      d1 = ((d1 << 16) | (d0 >>> 16)) ^ c1;
      d0 = turned ^ c0;
      // a += d; d = rotate(d, 21) ^ a
      low = (a0 + d0) | 0;
      a1 = (a1 + d1 + (low >>> 0 < a0 >>> 0 ? 1 : 0)) | 0;
      a0 = low;
      turned = (d0 << 21) | (d1 >>> 11);
      d1 = ((d1 << 21) | (d0 >>> 11)) ^ a1;
      d0 = turned ^ a0;
      // c += b; b = rotate(b, 17) ^ c; c = rotate(c, 32)
      low = (c0 + b0) | 0;
      high = (c1 + b1 + (low >>> 0 < c0 >>> 0 ? 1 : 0)) | 0;
      turned = (b0 << 17) | (b1 >>> 15);
      b1 = ((b1 << 17) | (b0 >>> 15)) ^ high;
      b0 = turned ^ low;
      c0 = high;
      c1 = low;
    }
    a0 ^= m0;
    a1 ^= m1;
  }
  writeWord(out, outAt, a0 ^ b0 ^ c0 ^ d0);
  writeWord(out, outAt + 4, a1 ^ b1 ^ c1 ^ d1);
}

/** Four octets, least significant first; those from `end` on count as 0. */
function word(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end)
    return (
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    );
  let value = 0;
  for (let k = end - 1; k >= at; k -= 1) value = (value << 8) | (bytes[k] ?? 0);
  return value;
}

function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
