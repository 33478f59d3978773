import { compileTree } from '#core/mmdb/compile-tree.ts';
import { openMmdb } from '#core/mmdb/mmdb.ts';
import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import type { Place } from '#sidecar/model/place.ts';
import type { LoadFailure } from './errors.ts';
import { placeOfRecord } from './place-of-record.ts';

/** A database as it crosses from the thread that loaded it. */
export interface Loaded {
  /** Networks with an index into `places`. */
  readonly tree: NetworkTree;
  readonly places: readonly Place[];
  /** What the database calls itself. */
  readonly type: string;
  /** Seconds since 1970; 0: it does not say. */
  readonly builtSeconds: number;
}

/** Reads a database of places. `labelFields`: paths in its records, the first that is there counts. */
export function loadPlaces(
  bytes: Buffer,
  revision: number,
  labelFields: readonly (readonly string[])[],
): Loaded | LoadFailure {
  const opened = openMmdb(bytes);
  if (!opened.ok) return malformed(opened.error);
  const places: Place[] = [];
  const known = new Map<string, number>();
  const tree = compileTree(opened.value, revision, (data, offset) => {
    const place = placeOfRecord(data, offset, labelFields);
    if (place === undefined) return -1;
    const key = JSON.stringify([place.country, place.continent, place.label]);
    const index = known.get(key) ?? places.push(place) - 1;
    known.set(key, index);
    return index;
  });
  if (!tree.ok) return malformed(tree.error);
  if (places.length === 0)
    return {
      code: 'places-empty',
      why: `It is a database (${opened.value.type || 'of no declared type'}) whose records have no place.`,
      hint: 'Use one with countries or continents, or name the field to compare with --geoip-field.',
    };
  const { type, builtSeconds } = opened.value;
  return { tree: tree.value, places, type, builtSeconds };
}

const malformed = ({ message, hint }: { readonly message: string; readonly hint: string }): LoadFailure => ({
  code: 'places-malformed',
  why: message,
  hint,
});
