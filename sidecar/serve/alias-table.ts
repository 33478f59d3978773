/**
 * The alias table of some weights (Walker; Vose 1991): a column is drawn evenly, then a point below `sum` in it; below
 * `own` the column itself is drawn, else `other`. Whole numbers throughout, so that each weight has exactly its share.
 */
export interface AliasTable {
  /** Below 2^30. */
  readonly sum: number;
  readonly columns: readonly { readonly own: number; readonly other: number }[];
}

/** Weights are whole and above 0; ones that add up to 2^30 or more are scaled down, none to nothing. */
export function aliasTable(given: readonly number[]): AliasTable {
  const scale = Math.ceil(given.reduce((total, weight) => total + weight, 0) / LARGEST_SUM);
  const weights = scale <= 1 ? given : given.map((weight) => Math.max(1, Math.floor(weight / scale)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  // Each weight fills `weights.length` times itself of columns that hold `sum` each.
  const left = weights.map((weight) => weight * weights.length);
  const columns = weights.map((_, k) => ({ own: sum, other: k }));
  const isSmall = (k: number) => (left[k] ?? 0) < sum;
  const small = [...left.keys()].filter(isSmall);
  const large = [...left.keys()].filter((k) => !isSmall(k));
  for (let k = small.pop(); k !== undefined; k = small.pop()) {
    const other = large.at(-1);
    if (other === undefined) break;
    const own = left[k] ?? 0;
    columns[k] = { own, other };
    left[other] = (left[other] ?? 0) - (sum - own);
    if (isSmall(other)) {
      large.pop();
      small.push(other);
    }
  }
  return { sum, columns };
}

const LARGEST_SUM = 2 ** 30 - 1;
