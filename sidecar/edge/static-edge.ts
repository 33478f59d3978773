import type { Delegation, Member } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { recordsOf } from './changes.ts';
import { sameDelegation, sortedMembers } from './delegation.ts';
import type { Edge } from './edge.ts';
import { nameServerName } from './names.ts';

export interface StaticEdgeOptions {
  /** Own geotag. */
  readonly geoTag: string;
  /** Addresses of the other members by geotag (`--peer`). */
  readonly peers: ReadonlyMap<string, readonly { readonly address: string }[]>;
  readonly desired: () => { readonly zones: readonly Zone[]; readonly dnsAddresses: readonly string[] };
  readonly onDelegation: (delegation: Delegation) => void;
}

/**
 * The edge of `--edge none`: nothing is read or written. Every zone is taken to be delegated to this cluster and
 * to the peers given; `kick()` looks at what is desired again.
 */
export function createStaticEdge({ geoTag, peers, desired, onDelegation }: StaticEdgeOptions): Edge {
  let delegations: ReadonlyMap<string, Delegation> = new Map();

  function kick(): void {
    const { zones, dnsAddresses } = desired();
    const before = delegations;
    delegations = new Map(
      zones.map((zone) => {
        const next = staticDelegation(zone, geoTag, dnsAddresses, peers);
        const old = before.get(zone.name);
        return [zone.name, old && sameDelegation(old, next) ? old : next];
      }),
    );
    for (const [name, delegation] of delegations)
      if (before.get(name) !== delegation) onDelegation(delegation);
  }

  kick();
  return { delegations: () => delegations, kick, leave: async () => undefined, done: Promise.resolve() };
}

/**
 * The records that a person adds to the parent zone where nothing may update it, as zone file lines. Those of all
 * clusters stand side by side.
 */
export function recordsToAdd(zone: Zone, geoTag: string, dnsAddresses: readonly string[]): string {
  return recordsOf(zone, { geoTag, dnsAddresses })
    .map(
      ({ name, type, ttlSeconds, data }) =>
        `${name}. ${ttlSeconds} IN ${type} ${type === 'NS' ? `${data}.` : data}\n`,
    )
    .join('');
}

function staticDelegation(
  zone: Zone,
  geoTag: string,
  dnsAddresses: readonly string[],
  peers: StaticEdgeOptions['peers'],
): Delegation {
  const member = (tag: string, addresses: readonly string[]): Member => ({
    nsName: nameServerName(tag, zone),
    geoTag: tag,
    addresses: [...new Set(addresses)].sort(),
  });
  const others = [...peers].filter(([tag]) => tag !== geoTag);
  const members = [
    member(geoTag, dnsAddresses),
    ...others.map(([tag, endpoints]) =>
      member(
        tag,
        endpoints.map(({ address }) => address),
      ),
    ),
  ];
  return { zone: zone.name, members: sortedMembers(members) };
}
