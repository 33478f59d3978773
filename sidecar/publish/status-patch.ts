import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The merge patch (RFC 7396) that brings a status to `after`: the fields that differ; undefined when none does.
 * Fields that `after` does not name are somebody else's. Keys that went from a map are null, or the patch would keep
 * them, at any depth; lists are written whole.
 */
export function statusPatch(before: object | undefined, after: object): Fields | undefined {
  const known = (before ?? {}) as Fields;
  const changed = Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(known[key], value));
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map(([key, value]) => [key, withNulls(known[key], value)]));
}

function withNulls(before: unknown, after: unknown): unknown {
  if (!isMap(before) || !isMap(after)) return after;
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return {
    ...Object.fromEntries(gone.map((key) => [key, null])),
    ...Object.fromEntries(Object.entries(after).map(([key, value]) => [key, withNulls(before[key], value)])),
  };
}

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
