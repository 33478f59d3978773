/** How a host spreads over clusters. Geotags are lower-case. */
export type Strategy =
  | {
      readonly type: 'roundRobin';
      /**
       * Share of each cluster, 0 to 1000, by geotag. One that is not named has 0, and 0 answers only when nothing else
       * does. Absent: all addresses of all clusters are answered.
       */
      readonly weights?: Readonly<Record<string, number>>;
    }
  | { readonly type: 'failover'; readonly primaryGeoTag: string }
  | { readonly type: 'geoip' };

/** When a failover host goes back to a cluster that ranks higher and is healthy again. */
export type Failback =
  | { readonly mode: 'auto' }
  /** Not before the active cluster fails, is drained, or a person names another. */
  | { readonly mode: 'manual' }
  | { readonly mode: 'after'; readonly seconds: number };

/** What a host answers while no cluster has a healthy address for it. */
export type WhenAllDown =
  | { readonly mode: 'noData' }
  /** The addresses of the last answer that was not empty. */
  | { readonly mode: 'lastGood' }
  /** All addresses that are known, healthy or not. */
  | { readonly mode: 'all' }
  | { readonly mode: 'fallback'; readonly addresses: readonly string[] };
