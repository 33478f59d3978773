import type { Delegation } from '#sidecar/model/delegation.ts';
import type { Endpoint, SidecarFlags } from './flags.ts';

/**
 * Where the other members answer DNS, by geotag: port 53 of the addresses that the delegations list, and what
 * `--peer` says, which counts alone for its geotag.
 */
export function fleetMembers(
  flags: Pick<SidecarFlags, 'geoTag' | 'peers'>,
  delegations: ReadonlyMap<string, Delegation>,
): ReadonlyMap<string, readonly Endpoint[]> {
  const found = new Map<string, Map<string, Endpoint>>();
  for (const { members } of delegations.values()) {
    for (const { geoTag, addresses } of members) {
      if (geoTag === undefined || geoTag === flags.geoTag) continue;
      const endpoints = found.get(geoTag) ?? new Map<string, Endpoint>();
      found.set(geoTag, endpoints);
      for (const address of addresses) endpoints.set(address, { address, port: 53 });
    }
  }
  const members = new Map<string, readonly Endpoint[]>();
  for (const [geoTag, endpoints] of found) members.set(geoTag, [...endpoints.values()]);
  for (const [geoTag, endpoints] of flags.peers) if (geoTag !== flags.geoTag) members.set(geoTag, endpoints);
  return members;
}

/** All geotags of the fleet, this cluster's too; undefined before the edge was read, when nothing is known of it. */
export function knownGeoTags(
  flags: Pick<SidecarFlags, 'geoTag' | 'peers'>,
  delegations: ReadonlyMap<string, Delegation>,
): ReadonlySet<string> | undefined {
  if (delegations.size === 0) return undefined;
  return new Set([flags.geoTag, ...fleetMembers(flags, delegations).keys()]);
}
