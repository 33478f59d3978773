import { FlagError } from './errors.ts';

/** A flag's value, when it is one of those accepted; not given, or empty: `fallback`. @throws FlagError */
export function oneOf<const T extends string>(
  value: string | undefined,
  flag: string,
  accepted: readonly T[],
  fallback: T,
): T {
  if (value === undefined || value === '') return fallback;
  const found = accepted.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new FlagError(`${flag} "${value}" is unknown`, `one of ${accepted.join(', ')}`);
}
