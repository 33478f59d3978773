import { isDeepStrictEqual } from 'node:util';
import type { Gslb } from '#core/api/gslb/schema.ts';

type Status = NonNullable<Gslb['status']>;

/** The merge patch (RFC 7396) that turns one status into the other; undefined when there is nothing to write. */
export function statusPatch(before: Status | undefined, after: Status): unknown {
  if (isDeepStrictEqual(before, after)) return undefined;
  return {
    ...after,
    serviceHealth: withNulls(before?.serviceHealth, after.serviceHealth),
    healthyRecords: withNulls(before?.healthyRecords, after.healthyRecords),
  };
}

/** Keys that went are null: a merge patch would keep them otherwise. */
const withNulls = <T>(
  before: Readonly<Record<string, T>> | undefined,
  after: Readonly<Record<string, T>>,
) => ({
  ...Object.fromEntries(Object.keys(before ?? {}).map((key) => [key, null])),
  ...after,
});
