import { adminApiVersion, type HostList, type HostReport, type PeerList } from '#core/admin/schema.ts';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import { membersOf, stateOf } from './parts.ts';

/** What `GET /hosts` says: every accepted host of this cluster with each member's part in it, sorted by host. */
export function hostList(
  view: ClusterView,
  peers: Iterable<PeerView>,
  decision: (host: string) => HostDecision | undefined,
): HostList {
  const known = [...peers];
  return {
    apiVersion: adminApiVersion,
    kind: 'HostList',
    geoTag: view.geoTag,
    items: [...view.hosts.values()]
      .sort((a, b) => (a.host < b.host ? -1 : 1))
      .map((host) => hostReport(view.geoTag, host, known, decision(host.host))),
  };
}

/** What `GET /peers` says, sorted by geotag. */
export function peerList(geoTag: string, peers: Iterable<PeerView>): PeerList {
  return {
    apiVersion: adminApiVersion,
    kind: 'PeerList',
    geoTag,
    items: [...peers]
      .sort((a, b) => (a.geoTag < b.geoTag ? -1 : 1))
      .map((peer) => ({ geoTag: peer.geoTag, state: peer.state, hosts: peer.hosts.size })),
  };
}

function hostReport(
  geoTag: string,
  host: HostView,
  peers: readonly PeerView[],
  decision: HostDecision | undefined,
): HostReport {
  const answers = decision?.answers.find((name) => name.name === host.host);
  return {
    host: host.host,
    zone: host.zone,
    strategy: host.strategy,
    ttlSeconds: host.ttlSeconds,
    gslb: host.gslb,
    health: host.health,
    members: membersOf(geoTag, host, peers, decision),
    ...stateOf(host, decision),
    ...(decision !== undefined && decision.remarks.length > 0 && { remarks: decision.remarks }),
    answer: {
      addresses: decision?.healthyRecords ?? [],
      ttlSeconds: answers?.ttlSeconds ?? host.ttlSeconds,
    },
  };
}
