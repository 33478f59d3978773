import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';

/**
 * A host that only peers have, as the oldest of their Gslbs wants it (ties: the lower geotag), so that every cluster
 * answers every host of the fleet. A silent peer's record counts as well: what a host wants does not change with the
 * health of who said it. Undefined: no peer says more of it than addresses, if anything.
 */
export function adopt(host: string, peers: readonly PeerView[]): HostView | undefined {
  const [oldest] = peers
    .flatMap(({ geoTag, records }) => {
      const record = records?.get(host);
      return record === undefined ? [] : [{ geoTag, record }];
    })
    .sort((a, b) => a.record.createdAtMs - b.record.createdAtMs || (a.geoTag < b.geoTag ? -1 : 1));
  if (oldest === undefined) return undefined;
  const { namespace, name, zone, strategy, ttlSeconds, policy } = oldest.record;
  return {
    host,
    zone,
    gslb: { group: 'k8gb.io', namespace, name },
    strategy,
    ttlSeconds,
    health: 'NotFound',
    addresses: [],
    services: [],
    ...(policy === undefined ? {} : { policy }),
  };
}
