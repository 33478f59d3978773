import type { ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { PeerState } from '#sidecar/model/peer-view.ts';
import type { Place } from '#sidecar/model/place.ts';
import type { HostInput } from './host-input.ts';
import { placeOfCluster } from './nearest.ts';

/** One cluster that may answer for the host. */
export interface Candidate {
  readonly geoTag: string;
  readonly state: 'own' | PeerState;
  /** Healthy ones. */
  readonly addresses: readonly string[];
  /** All that are known, healthy or not. */
  readonly known: readonly string[];
  /** Its endpoints all run in a peered cluster. */
  readonly remoteOnly?: true;
  /** What is known of its Services, where that is known. */
  readonly health?: ServiceHealth;
  /** roundRobin with weights: its share. Absent: no weights are given. */
  readonly weight?: number;
  /** geoip: where it is. Absent: not known. */
  readonly place?: Place;
}

/** The clusters of the fleet as candidates for one host, by geotag. */
export function candidatesOf(input: HostInput): readonly Candidate[] {
  const { host, geoTag, peers, adopted } = input;
  const own: Candidate = {
    geoTag,
    state: 'own',
    health: host.health,
    addresses: host.health === 'Healthy' ? host.addresses : [],
    known: [...host.addresses, ...(host.withheld ?? []).map(({ address }) => address)],
    ...(host.remoteOnly === true ? { remoteOnly: true } : {}),
  };
  const others = peers.map((peer): Candidate => {
    const addresses = peer.hosts.get(host.host) ?? [];
    return {
      geoTag: peer.geoTag,
      state: peer.state,
      addresses,
      known: addresses,
      ...(peer.records?.get(host.host)?.remoteOnly === true ? { remoteOnly: true } : {}),
    };
  });
  return (adopted === true ? others : [own, ...others])
    .map((candidate) => described(candidate, input))
    .sort((a, b) => (a.geoTag < b.geoTag ? -1 : 1));
}

/** With what the host's strategy asks of a cluster. */
function described(candidate: Candidate, input: HostInput): Candidate {
  const { strategy } = input.host;
  if (strategy.type === 'roundRobin' && strategy.weights !== undefined) {
    return { ...candidate, weight: strategy.weights[candidate.geoTag] ?? 0 };
  }
  if (strategy.type !== 'geoip') return candidate;
  const place = placeOfCluster(candidate.geoTag, candidate.known, input);
  return place === undefined ? candidate : { ...candidate, place };
}
