import type { Random } from './random.ts';

/** Room that `mutate` needs. */
export const MOST_MUTATED_BYTES = 1400;

/** Octets that mean something in a message: counts, label and pointer types, OPT, TSIG, limits. */
const telling = [0, 1, 2, 12, 41, 63, 64, 128, 192, 250, 255] as const;

/** Writes `base` into `out` with one to eight things changed, cut out or put in; returns its length. */
export function mutate(random: Random, base: Uint8Array, out: Buffer): number {
  out.set(base);
  let length = base.length;
  for (let left = 1 + random.below(8); left > 0; left -= 1) {
    const at = random.below(Math.max(length, 1));
    switch (random.below(8)) {
      case 0:
        out[at] = random.below(256);
        break;
      case 1:
      case 2:
        out[at] = random.pick(telling);
        break;
      case 3:
        out[at] = (out[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 4:
        // One of the four counts, or the flags.
        out[random.below(12)] = random.pick(telling);
        break;
      case 5:
        length = at;
        break;
      case 6: {
        const size = Math.min(random.below(20), length - at);
        out.copy(out, at, at + size, length);
        length -= size;
        break;
      }
      default: {
        const size = Math.min(random.below(40), MOST_MUTATED_BYTES - length);
        out.copy(out, at + size, at, length);
        for (let k = 0; k < size; k += 1) out[at + k] = random.oneIn(2) ? random.below(256) : 0;
        length += size;
      }
    }
  }
  return length;
}
