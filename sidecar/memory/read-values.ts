/** Whether it is a text of at most `most` characters. */
export function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}

/** Whether it is a whole number from `least` to `most`. */
export function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Whether it is a list of `least` to `most` such elements. */
export function isListOf<T>(
  value: unknown,
  isElement: (element: unknown) => element is T,
  least: number,
  most: number,
): value is readonly T[] {
  return (
    Array.isArray(value) &&
    value.length >= least &&
    value.length <= most &&
    value.every((one) => isElement(one))
  );
}

/** Whether it is an index into the list. */
export function isIndex(value: unknown, list: readonly unknown[]): value is number {
  return isWhole(value, 0, list.length - 1);
}
