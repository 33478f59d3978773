import type { ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { FilterStep } from '#sidecar/model/host-decision.ts';
import type { PeerState } from '#sidecar/model/peer-view.ts';
import type { Strategy } from '#sidecar/model/strategy.ts';

/** One cluster that has the host, with its healthy addresses. */
export interface Candidate {
  readonly geoTag: string;
  readonly state: 'own' | PeerState;
  readonly addresses: readonly string[];
  /** Its endpoints all run in a peered cluster. */
  readonly remoteOnly?: true;
  /** What is known of its Services, where that is known. */
  readonly health?: ServiceHealth;
}

/** What a filter leaves, in its order, and what it says of the rest. */
export interface Filtered {
  readonly kept: readonly Candidate[];
  readonly step: FilterStep;
}

/** Keeps clusters that have a healthy address and are there to be asked. */
export function alive(clusters: readonly Candidate[]): Filtered {
  const why = ({ state, addresses, health }: Candidate): string | undefined => {
    if (state === 'silent') return 'silent';
    if (state === 'unknown') return 'not heard yet';
    if (health === 'Unhealthy') return 'no ready endpoint';
    if (health === 'NotFound') return 'no such Service';
    if (addresses.length > 0) return undefined;
    return health === undefined ? 'no healthy address' : 'no address of its own';
  };
  return filtered('alive', clusters, why);
}

/** Drops clusters that would only pass requests on to a peered one, while there is one that serves by itself. */
export function remote(clusters: readonly Candidate[]): Filtered {
  const local = clusters.some(({ remoteOnly }) => remoteOnly !== true);
  return filtered('remote', clusters, ({ remoteOnly }) =>
    local && remoteOnly === true ? 'its endpoints run in a peered cluster' : undefined,
  );
}

/** roundRobin keeps all; failover the primary, else the first of the others by geotag. */
export function strategy(clusters: readonly Candidate[], wanted: Strategy): Filtered {
  if (wanted.type !== 'failover') return filtered('strategy', clusters, () => undefined);
  const active = clusters.find((cluster) => cluster.geoTag === wanted.primaryGeoTag) ?? clusters[0];
  return filtered('strategy', clusters, (cluster) =>
    cluster === active ? undefined : `${active?.geoTag} ranks first`,
  );
}

function filtered(
  filter: FilterStep['filter'],
  clusters: readonly Candidate[],
  why: (cluster: Candidate) => string | undefined,
): Filtered {
  const kept: Candidate[] = [];
  const removed: { geoTag: string; why: string }[] = [];
  for (const cluster of clusters) {
    const reason = why(cluster);
    if (reason === undefined) kept.push(cluster);
    else removed.push({ geoTag: cluster.geoTag, why: reason });
  }
  return { kept, step: { filter, removed } };
}
