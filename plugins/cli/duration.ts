import { CliError } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration as kubectl takes it: Go's `1m30s`, or a number of seconds. Milliseconds; `0` is 0.
 * @throws CliError `usage` naming the flag.
 */
export function durationMs(text: string, flag: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text)
    return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0);
  throw new CliError('usage', `--${flag} "${text}" is not a duration`, {
    hint: `for example --${flag}=1m30s`,
  });
}
