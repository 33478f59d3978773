import { isIPv4 } from 'node:net';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { alive, remote, strategy } from './filters.ts';

/** All that the decision about one host depends on. */
export interface HostInput {
  readonly host: HostView;
  readonly zone: Zone;
  readonly geoTag: string;
  readonly peers: readonly PeerView[];
}

/**
 * Decides what a host answers: the clusters with a Gslb for it go through the chain of filters, and the addresses of
 * those that stay are the answer. None left: NODATA, never NXDOMAIN, since the name stands (RFC 8020).
 */
export function decideHost(input: HostInput): HostDecision {
  const { host, geoTag, peers } = input;
  const { health } = host;
  const own = {
    geoTag,
    state: 'own',
    health,
    addresses: health === 'Healthy' ? host.addresses : [],
    ...(host.remoteOnly === undefined ? {} : { remoteOnly: host.remoteOnly }),
  } as const;
  const clusters = [
    own,
    ...peers.map((peer) => ({
      geoTag: peer.geoTag,
      state: peer.state,
      addresses: peer.hosts.get(host.host) ?? [],
    })),
  ].sort((a, b) => (a.geoTag < b.geoTag ? -1 : 1));
  const living = alive(clusters);
  const near = host.remoteOnly === true ? remote(living.kept) : undefined;
  const chosen = strategy(near?.kept ?? living.kept, host.strategy);
  const addresses = [...new Set(chosen.kept.flatMap((cluster) => cluster.addresses))].sort();
  return {
    host: host.host,
    // A wildcard's too: without a name of its own, the question for it would be answered by the wildcard itself,
    // with the addresses of those who ask (the asterisk of `localtargets-*` is no wildcard, RFC 4592 §2.1.1).
    answers: [
      answers(host.host, addresses, input),
      // Peers shall not count on addresses behind which there is nothing but another cluster, perhaps they themselves.
      answers(`localtargets-${host.host}`, host.remoteOnly === true ? [] : own.addresses, input),
    ],
    healthyRecords: addresses,
    answeringGeoTags: chosen.kept.map((cluster) => cluster.geoTag),
    steps: [living.step, ...(near === undefined ? [] : [near.step]), chosen.step],
    remarks: [],
  };
}

function answers(name: string, addresses: readonly string[], { host, zone }: HostInput): NameAnswers {
  return {
    name,
    zone: zone.name,
    a: choice(addresses.filter((address) => isIPv4(address))),
    aaaa: choice(addresses.filter((address) => !isIPv4(address))),
    ttlSeconds: host.ttlSeconds,
    negativeTtlSeconds: Math.min(host.ttlSeconds, zone.negativeTtlSeconds),
  };
}

const choice = (addresses: readonly string[]): Choice => ({
  kind: addresses.length > 1 ? 'rotate' : 'fixed',
  addresses,
});
