import { timeText } from '#core/api/time-text.ts';
import type { Override } from '#sidecar/model/override.ts';

/** An override as a status shows it. */
export interface OverrideInForce {
  readonly state: string;
  /** RFC 3339. */
  readonly since: string;
  /** RFC 3339. Absent: it ends when it is taken away. */
  readonly until?: string;
  readonly reason?: string;
}

/** How a status shows an override; the observer takes `since` from there after a restart. */
export function overrideInForce({ sinceMs, untilMs, reason }: Override): OverrideInForce {
  return {
    state: 'Drained',
    since: timeText(sinceMs),
    ...(Number.isFinite(untilMs) && { until: timeText(untilMs) }),
    ...(reason !== '' && { reason }),
  };
}

/** `maintenance, until 2026-11-21T12:00:00Z (GslbCluster us)`. */
export function overrideText({ reason, untilMs, origin }: Override): string {
  const until = Number.isFinite(untilMs) ? `until ${timeText(untilMs)}` : 'until it is taken away';
  return `${reason === '' ? '' : `${reason}, `}${until} (${origin})`;
}
