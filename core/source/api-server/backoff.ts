/** client-go's reflector: 0.8 s, doubling, at most 30 s. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before try number `failures` + 1 (from 1): doubling from minMs to maxMs, then up to half as much
 * again at random, never above maxMs, so that a thousand clients do not come back together.
 */
export function backoffMs(failures: number, { minMs, maxMs }: BackoffLimits, random: () => number): number {
  // Past 2^30 the doubling has long met the limit.
  const doubled = minMs * 2 ** Math.min(failures - 1, 30);
  const base = Math.min(doubled, maxMs / 1.5);
  return base * (1 + random() / 2);
}
