import type { Gslb } from '#core/api/gslb/schema.ts';
import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import type { GslbReference } from './cluster-view.ts';

/** Answers that are held after a mass delete. */
export interface Hold {
  /** `CrdDeleted`: a kind itself went; `MassDelete`: more than half of all Gslbs did. */
  readonly reason: 'CrdDeleted' | 'MassDelete';
  /** Wall clock, milliseconds since 1970. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A hold with the deleted objects whose answers are held. */
export interface Held {
  readonly hold: Hold;
  readonly gslbs: readonly { readonly group: GslbReference['group']; readonly object: Gslb }[];
  readonly zones: readonly ZoneDelegation[];
}

/** What a person is told of it; alike for as long as it lasts. */
export function holdSentence({ reason, untilMs }: Hold): string {
  const what =
    reason === 'CrdDeleted'
      ? 'the CRD of Gslbs or ZoneDelegations is deleted'
      : 'more than half of all Gslbs were deleted within 10 s';
  const until = new Date(untilMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${what}: what they answered is held until ${until}; create them again to keep it, or restart the sidecars with --mass-delete-hold=0 to let it go`;
}
