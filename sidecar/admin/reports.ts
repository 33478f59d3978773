import { adminApiVersion, type HostList, type HostReport, type PeerList } from '#core/admin/schema.ts';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';

/** What `GET /hosts` says: every accepted host of this cluster with each member's part in it, sorted by host. */
export function hostList(
  view: ClusterView,
  peers: Iterable<PeerView>,
  decision: (host: string) => HostDecision | undefined,
): HostList {
  const sortedPeers = [...peers].sort(byGeoTag);
  return {
    apiVersion: adminApiVersion,
    kind: 'HostList',
    geoTag: view.geoTag,
    items: [...view.hosts.values()]
      .sort((a, b) => (a.host < b.host ? -1 : 1))
      .map((host) => hostReport(view.geoTag, host, sortedPeers, decision(host.host))),
  };
}

/** What `GET /peers` says, sorted by geotag. */
export function peerList(geoTag: string, peers: Iterable<PeerView>): PeerList {
  return {
    apiVersion: adminApiVersion,
    kind: 'PeerList',
    geoTag,
    items: [...peers]
      .sort(byGeoTag)
      .map((peer) => ({ geoTag: peer.geoTag, state: peer.state, hosts: peer.hosts.size })),
  };
}

function hostReport(
  geoTag: string,
  host: HostView,
  peers: readonly PeerView[],
  decision: HostDecision | undefined,
): HostReport {
  const own = {
    geoTag,
    state: 'own' as const,
    addresses: host.health === 'Healthy' ? host.addresses : [],
  };
  const others = peers.map((peer) => ({
    geoTag: peer.geoTag,
    state: peer.state,
    // The addresses of a silent peer are withdrawn, whatever it said last.
    addresses: peer.state === 'silent' ? [] : (peer.hosts.get(host.host) ?? []),
  }));
  const answers = decision?.answers.find((name) => name.name === host.host);
  return {
    host: host.host,
    zone: host.zone,
    strategy: host.strategy,
    ttlSeconds: host.ttlSeconds,
    gslb: host.gslb,
    health: host.health,
    members: [own, ...others].sort(byGeoTag),
    answer: {
      addresses: decision?.healthyRecords ?? [],
      ttlSeconds: answers?.ttlSeconds ?? host.ttlSeconds,
    },
  };
}

function byGeoTag(a: { readonly geoTag: string }, b: { readonly geoTag: string }): number {
  return a.geoTag < b.geoTag ? -1 : 1;
}
