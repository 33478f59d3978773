import { median, quantile } from './statistics.ts';

/** How many, and how they lie: `p10` to `p90` holds four of five. */
export interface Spread {
  readonly n: number;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return {
    n: values.length,
    median: median(values),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** `[what, ...figures]`, each figure with `digits` behind the point, as a row below {@link spreadHead}. */
export function spreadRow(what: string, values: readonly number[], digits = 0): readonly string[] {
  const { n, median: middle, p10, p90, min, max } = spread(values);
  return [what, String(n), ...[middle, p10, p90, min, max].map((value) => value.toFixed(digits))];
}

export const spreadHead = ['n', 'median', 'p10', 'p90', 'min', 'max'] as const;
