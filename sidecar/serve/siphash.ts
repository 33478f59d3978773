/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of the first `length` octets of `input`, with a key of four 32-bit words
 * in little-endian order. The eight octets go into `out` at `outAt`. 64-bit words are held as halves, for a BigInt is
 * an allocation; Node's crypto has no SipHash.
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
  state[0] = k0 ^ 0x70736575;
  state[1] = k1 ^ 0x736f6d65;
  state[2] = k2 ^ 0x6e646f6d;
  state[3] = k3 ^ 0x646f7261;
  state[4] = k0 ^ 0x6e657261;
  state[5] = k1 ^ 0x6c796765;
  state[6] = k2 ^ 0x79746573;
  state[7] = k3 ^ 0x74656462;

  const whole = length & ~7;
  for (let at = 0; at < whole; at += 8) compress(word(input, at, length), word(input, at + 4, length));
  compress(word(input, whole, length), word(input, whole + 4, length) | (length << 24));
  state[4] = (state[4] ?? 0) ^ 0xff;
  rounds(4);
  writeWord(out, outAt, (state[0] ?? 0) ^ (state[2] ?? 0) ^ (state[4] ?? 0) ^ (state[6] ?? 0));
  writeWord(out, outAt + 4, (state[1] ?? 0) ^ (state[3] ?? 0) ^ (state[5] ?? 0) ^ (state[7] ?? 0));
}

/** v0 to v3, each its low half before its high one. One for all: a hash is made without pause. */
const state = new Int32Array(8);

/** Four octets, least significant first; those from `end` on count as 0. */
function word(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let k = 3; k >= 0; k -= 1) value = (value << 8) | (at + k < end ? (bytes[at + k] ?? 0) : 0);
  return value;
}

function writeWord(bytes: Uint8Array, at: number, value: number): void {
  for (let k = 0; k < 4; k += 1) bytes[at + k] = value >>> (8 * k);
}

function compress(low: number, high: number): void {
  state[6] = (state[6] ?? 0) ^ low;
  state[7] = (state[7] ?? 0) ^ high;
  rounds(2);
  state[0] = (state[0] ?? 0) ^ low;
  state[1] = (state[1] ?? 0) ^ high;
}

function rounds(count: number): void {
  let a0 = state[0] ?? 0;
  let a1 = state[1] ?? 0;
  let b0 = state[2] ?? 0;
  let b1 = state[3] ?? 0;
  let c0 = state[4] ?? 0;
  let c1 = state[5] ?? 0;
  let d0 = state[6] ?? 0;
  let d1 = state[7] ?? 0;
  let low = 0;
  let swap = 0;
  for (let round = 0; round < count; round += 1) {
    // a += b; b = rotate(b, 13) ^ a; a = rotate(a, 32)
    low = (a0 >>> 0) + (b0 >>> 0);
    a1 = (a1 + b1 + (low > MOST ? 1 : 0)) | 0;
    a0 = low | 0;
    swap = (b0 << 13) | (b1 >>> 19);
    b1 = ((b1 << 13) | (b0 >>> 19)) ^ a1;
    b0 = swap ^ a0;
    swap = a0;
    a0 = a1;
    a1 = swap;
    // c += d; d = rotate(d, 16) ^ c
    low = (c0 >>> 0) + (d0 >>> 0);
    c1 = (c1 + d1 + (low > MOST ? 1 : 0)) | 0;
    c0 = low | 0;
    swap = (d0 << 16) | (d1 >>> 16);
    d1 = ((d1 << 16) | (d0 >>> 16)) ^ c1;
    d0 = swap ^ c0;
    // a += d; d = rotate(d, 21) ^ a
    low = (a0 >>> 0) + (d0 >>> 0);
    a1 = (a1 + d1 + (low > MOST ? 1 : 0)) | 0;
    a0 = low | 0;
    swap = (d0 << 21) | (d1 >>> 11);
    d1 = ((d1 << 21) | (d0 >>> 11)) ^ a1;
    d0 = swap ^ a0;
    // c += b; b = rotate(b, 17) ^ c; c = rotate(c, 32)
    low = (c0 >>> 0) + (b0 >>> 0);
    c1 = (c1 + b1 + (low > MOST ? 1 : 0)) | 0;
    c0 = low | 0;
    swap = (b0 << 17) | (b1 >>> 15);
    b1 = ((b1 << 17) | (b0 >>> 15)) ^ c1;
    b0 = swap ^ c0;
    swap = c0;
    c0 = c1;
    c1 = swap;
  }
  state[0] = a0;
  state[1] = a1;
  state[2] = b0;
  state[3] = b1;
  state[4] = c0;
  state[5] = c1;
  state[6] = d0;
  state[7] = d1;
}

const MOST = 0xffff_ffff;
