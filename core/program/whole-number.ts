import { FlagError } from './errors.ts';

/** A flag's whole number from `least` to `most`; not given: `fallback`. @throws FlagError */
export function wholeNumber(
  text: string | boolean | undefined,
  flag: string,
  fallback: number,
  least: number,
  most: number,
): number {
  if (text === undefined || text === '') return fallback;
  const value = typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new FlagError(
    `${flag} "${text}" is no whole number from ${least} to ${most}`,
    `for example ${flag}=${fallback}`,
  );
}
