import type { Place, PlaceDatabase } from '#sidecar/model/place.ts';
import type { Candidate } from './candidate.ts';
import { likeness } from './nearest.ts';

/** The places of a database, divided into those from which every cluster of a host is equally near. */
export interface ClientPlaces {
  readonly revision: number;
  /** One place of each class. */
  readonly classes: readonly Place[];
  /** Index into `classes` by index of the place. */
  readonly classOfPlace: readonly number[];
  /** The class of each place told by another number: the same array for the same numbers. */
  readonly mapped: (numberOfClass: readonly number[]) => readonly number[];
}

/** The same object for the same database and clusters in the same places. */
export function clientPlaces(database: PlaceDatabase, candidates: readonly Candidate[]): ClientPlaces {
  const places = candidates.map(({ place }) => place).filter((place) => place !== undefined);
  const known = divisions.get(database) ?? new Map<string, ClientPlaces>();
  divisions.set(database, known);
  const key = JSON.stringify(places.map(({ country, continent, label }) => [country, continent, label]));
  const found = known.get(key) ?? divide(database, places);
  known.set(key, found);
  return found;
}

// Thousands of hosts have the same clusters, and a database has hundreds of places.
const divisions = new WeakMap<PlaceDatabase, Map<string, ClientPlaces>>();

function divide({ revision, places }: PlaceDatabase, clusters: readonly Place[]): ClientPlaces {
  const classes: Place[] = [];
  const numbers = new Map<string, number>();
  const classOfPlace = places.map((place) => {
    const key = clusters.map((cluster) => likeness(cluster, place)).join(' ');
    const number = numbers.get(key) ?? classes.push(place) - 1;
    numbers.set(key, number);
    return number;
  });
  const arrays = new Map<string, readonly number[]>();
  const mapped = (numberOfClass: readonly number[]) => {
    const key = numberOfClass.join();
    const array = arrays.get(key) ?? classOfPlace.map((number) => numberOfClass[number] as number);
    arrays.set(key, array);
    return array;
  };
  return { revision, classes, classOfPlace, mapped };
}
