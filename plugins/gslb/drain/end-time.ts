import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';

/**
 * When a drain ends, RFC 3339 without fractions: a duration from now (`2h`, `1h30m`), or a time.
 * @throws CliError `usage`
 */
export function endTime(text: string, nowMs: number): string {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : nowMs + durationMs(text, 'until');
  if (Number.isNaN(ms) || ms > Date.UTC(9999, 11, 31))
    throw new CliError('usage', `--until "${text}" is not a time`, { hint: 'for example --until=2h' });
  if (ms <= nowMs + 999)
    throw new CliError('usage', `--until "${text}" is not in the future`, { hint: 'for example --until=2h' });
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
