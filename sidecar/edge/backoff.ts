/** Longest pause between tries of what heals by itself. */
const longestPauseMs = 30_000;
const firstPauseMs = 1_000;

/** Pause between tries of what a person has to mend. */
export const slowRetryMs = 30_000;

/**
 * Pause before the next try: doubling from 1 s to 30 s, of which a random half is taken off, so that clusters do
 * not knock together.
 * @param failures in a row, from 1
 */
export function retryPauseMs(failures: number, random: (sizeBytes: number) => Uint8Array): number {
  const fullMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10));
  const [octet = 0] = random(1);
  return fullMs * (1 - octet / 512);
}
