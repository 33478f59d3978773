import { sipHash24 } from './siphash.ts';

/** The key that server cookies of a given second (32 bits, since 1970) are made with; valid until the next call. */
export type KeyAt = (seconds: number) => Int32Array;

/**
 * Keys that change every day, all derived from one secret of 16 octets, so that threads and restarted threads of a
 * process agree without a word. A cookie says when it was made, and with that by which key: those of the day before
 * stay good for as long as RFC 9018 §4.3 lets any cookie live, which is the roll-over of its §5.
 */
export function dailyKeys(secret: Uint8Array): KeyAt {
  const master = keyOf(secret);
  const days = new Int32Array(2).fill(-1);
  const keys = [new Int32Array(4), new Int32Array(4)] as const;
  const input = new Uint8Array(5);
  const output = new Uint8Array(16);

  return (seconds) => {
    const day = Math.floor(seconds / DAY_SECONDS);
    const slot = day & 1;
    const key = slot === 0 ? keys[0] : keys[1];
    if (days[slot] === day) return key;
    for (let k = 0; k < 4; k += 1) input[k] = day >>> (8 * k);
    for (let half = 0; half < 2; half += 1) {
      input[4] = half;
      sipHash24(master, input, input.length, output, 8 * half);
    }
    fillKey(key, output);
    days[slot] = day;
    return key;
  };
}

/** The words of a key of 16 octets. */
export function keyOf(octets: Uint8Array): Int32Array {
  const key = new Int32Array(4);
  fillKey(key, octets);
  return key;
}

const DAY_SECONDS = 86_400;

function fillKey(key: Int32Array, octets: Uint8Array): void {
  for (let k = 0; k < 4; k += 1) {
    const at = 4 * k;
    key[k] =
      (octets[at] ?? 0) |
      ((octets[at + 1] ?? 0) << 8) |
      ((octets[at + 2] ?? 0) << 16) |
      ((octets[at + 3] ?? 0) << 24);
  }
}
