import type { Place } from '#sidecar/model/place.ts';
import type { Candidate } from './candidate.ts';
import type { HostInput } from './host-input.ts';

/** How near a cluster is to a client. */
export type Nearness = 'label' | 'country' | 'continent' | undefined;

/** The clusters nearest to the place: with its label, else in its country, else on its continent, else all. */
export function nearest(
  clusters: readonly Candidate[],
  place: Place,
): { readonly by: Nearness; readonly clusters: readonly Candidate[] } {
  for (const by of ['label', 'country', 'continent'] as const) {
    const near = clusters.filter((cluster) => cluster.place !== undefined && alike(cluster.place, place, by));
    if (near.length > 0) return { by, clusters: near };
  }
  return { by: undefined, clusters };
}

/** In which of the ways that count two places are alike, as a key: those alike in the same ways fare alike. */
export const likeness = (a: Place, b: Place): string =>
  `${Number(alike(a, b, 'label'))}${Number(alike(a, b, 'country'))}${Number(alike(a, b, 'continent'))}`;

/** Where a cluster is: as its GslbCluster says, else where the database has the first of its addresses that it knows. */
export function placeOfCluster(
  geoTag: string,
  addresses: readonly string[],
  { clusters, places }: Pick<HostInput, 'clusters' | 'places'>,
): Place | undefined {
  const said = clusters.get(geoTag)?.place;
  if (said !== undefined || places === undefined) return said;
  for (const address of addresses) {
    const index = places.placeOf(address);
    if (index !== undefined) return places.places[index];
  }
  return undefined;
}

const alike = (a: Place, b: Place, by: 'label' | 'country' | 'continent'): boolean =>
  a[by] !== undefined && a[by] === b[by];
