import type { Fleet } from './ask-fleet.ts';
import type { Candidate } from './candidate.ts';
import type { HostInput } from './host-input.ts';
import { byRank } from './rank.ts';

/**
 * This cluster, when it offers its peers its addresses for the host: not while it is drained, held, or (failover) ranks
 * before the cluster that the host has gone to and has not taken it back; and never when behind its addresses there is
 * nothing but another cluster, perhaps the one that asks.
 */
export function offered({ passed, activity }: Fleet, { host, adopted }: HostInput): readonly Candidate[] {
  const own = passed.standing.clusters.find(({ state }) => state === 'own');
  if (own === undefined || adopted === true || own.remoteOnly === true) return [];
  const { active } = activity;
  return active !== undefined && byRank(host)(own, active) < 0 ? [] : [own];
}

/** The end of the hold that was passed over, while it lasts. */
export function releasedHoldMs({ passed }: Fleet, { host, nowMs, before }: HostInput): number | undefined {
  const { heldUntilMs } = host;
  if (heldUntilMs === undefined || heldUntilMs <= nowMs) return undefined;
  const answers = passed.standing.clusters.some(({ state }) => state === 'own');
  return answers || before.releasedHoldMs === heldUntilMs ? heldUntilMs : undefined;
}
