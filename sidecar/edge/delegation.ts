import type { Delegation, Member } from '#sidecar/model/delegation.ts';

/** How long an empty NS set is not believed when there was one before. */
const emptyHoldMs = 60_000;

/** What is believed of a zone's delegation, and since when the edge has shown none at all. */
export interface Belief {
  readonly delegation: Delegation;
  readonly emptySinceMs: number | undefined;
}

/**
 * What to believe after a new reading. An edge that suddenly lists no name server at all has more likely lost its
 * zone's journal than the fleet all its members: they are kept for 60 s, in which every cluster adds itself again.
 * An unchanged delegation keeps its identity.
 */
export function believe(before: Belief | undefined, read: Delegation, nowMs: number): Belief {
  if (before === undefined) return { delegation: read, emptySinceMs: undefined };
  if (read.members.length === 0 && before.delegation.members.length > 0) {
    const emptySinceMs = before.emptySinceMs ?? nowMs;
    if (nowMs - emptySinceMs < emptyHoldMs) return { delegation: before.delegation, emptySinceMs };
  }
  return {
    delegation: sameDelegation(before.delegation, read) ? before.delegation : read,
    emptySinceMs: undefined,
  };
}

/** By name, as `Delegation` promises. */
export function sortedMembers(members: readonly Member[]): readonly Member[] {
  return members.toSorted((one, other) => (one.nsName < other.nsName ? -1 : 1));
}

export function sameDelegation(one: Delegation, other: Delegation): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
