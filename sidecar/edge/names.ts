import type { Zone } from '#sidecar/model/zone.ts';

/** k8gb's default prefix of name server names. */
const prefix = 'gslb-ns-';

/**
 * The name under which a cluster's DNS servers stand in the delegation of a zone, as k8gb makes it:
 * `gslb-ns-<geotag>-<zone minus .parent, dots to dashes>.<parent>`.
 */
export function nameServerName(geoTag: string, zone: Zone): string {
  return `${prefix}${geoTag}${suffix(zone)}`;
}

/**
 * The geotag in a name server name of this zone; undefined when the name does not follow the pattern.
 *
 * The pattern is ambiguous across zones: `us` in `east-cloud.example.com` and `us-east` in `cloud.example.com`
 * share one name. It is read by the zone whose delegation lists it, so one zone alone is never ambiguous.
 * @param nsName lower-case, no trailing dot
 */
export function geoTagOf(nsName: string, zone: Zone): string | undefined {
  const end = suffix(zone);
  if (!nsName.startsWith(prefix) || !nsName.endsWith(end)) return undefined;
  const geoTag = nsName.slice(prefix.length, -end.length);
  return /^[a-z\d]([a-z\d-]*[a-z\d])?$/.test(geoTag) ? geoTag : undefined;
}

/** The owner of the TXT record by which a cluster shows that a geotag is its own. */
export function ownerName(geoTag: string, zone: Zone): string {
  return `_gslb-owner-${geoTag}.${zone.parent}`;
}

function suffix(zone: Zone): string {
  const below = zone.name.slice(0, -(zone.parent.length + 1));
  return `-${below.replaceAll('.', '-')}.${zone.parent}`;
}
