/** Where a client or a cluster is. Each part may be absent; texts as the database or the object has them. */
export interface Place {
  /** ISO 3166-1 alpha-2, for example `DE`. */
  readonly country?: string;
  /** `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`. */
  readonly continent?: string;
  /** Whatever field of the database the operator chose to compare, for example a data centre. */
  readonly label?: string;
}

/** A database of networks and places, as it is loaded now. Replaced as a whole when its file changes. */
export interface PlaceDatabase {
  /** Distinguishes versions: moves with each load. */
  readonly revision: number;
  /** Every place that it knows, without doubles. A client's place is an index into these. */
  readonly places: readonly Place[];
  /** Index of an address's place; undefined: it has none. */
  readonly placeOf: (address: string) => number | undefined;
}
