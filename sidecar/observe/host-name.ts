import type { Zone } from '#sidecar/model/zone.ts';

/** Why a host cannot be served, or the zone that serves it. */
export type HostPlace =
  | { readonly zone: Zone }
  | { readonly reason: 'HostOutsideZones' | 'HostReserved' | 'HostInvalid'; readonly message: string };

/** What stands before a host in the name by which other clusters ask for our addresses (k8gb's contract). */
const derivedPrefix = 'localtargets-';
/** Octets of a label and of a name in text (RFC 1035 §2.3.4: 255 on the wire). */
const longestLabel = 63;
const longestName = 253;

/**
 * The zone of a host (by label boundary, the longest wins), or why none serves it: the apex, a label `_fleet`, a
 * first label `localtargets-…` and more than one `*` are ours or ambiguous, and `localtargets-<host>` must fit.
 * @param host lower-case, no trailing dot
 */
export function placeHost(host: string, zones: readonly Zone[]): HostPlace {
  const labels = host.split('.');
  const plain = labels[0] === '*' ? labels.slice(1) : labels;
  if (plain.some((part) => part.includes('*')))
    return {
      reason: 'HostInvalid',
      message: `host ${host} has a "*" that is not its whole first label; a wildcard is *.<name>`,
    };
  const wrong = plain.find((part) => !label.test(part));
  if (wrong !== undefined)
    return {
      reason: 'HostInvalid',
      message: `host ${host} is not a DNS name: label "${wrong}" cannot be used; correct it`,
    };
  const zone = zoneOf(host, zones);
  if (zone === undefined) {
    const known = zones.map(({ name }) => name).join(', ') || 'none';
    return {
      reason: 'HostOutsideZones',
      message: `host ${host} is in none of the load-balanced zones (${known}); add a ZoneDelegation for its zone or change the host`,
    };
  }
  const reserved = (why: string): HostPlace => ({
    reason: 'HostReserved',
    message: `host ${host} ${why}; choose another name`,
  });
  if (host === zone.name) return reserved('is the apex of its zone');
  if (labels.includes('_fleet')) return reserved('has the reserved label _fleet');
  if (labels[0]?.startsWith(derivedPrefix)) return reserved(`begins with the reserved ${derivedPrefix}`);
  const derived = `${derivedPrefix}${host}`;
  if (derived.indexOf('.') > longestLabel || derived.length > longestName)
    return reserved(
      `is too long for ${derivedPrefix}<host>, which other clusters ask for (${longestLabel} octets a label, ${longestName} in all)`,
    );
  return { zone };
}

/** Whether this is a name of a zone: lower-case, no trailing dot, no wildcard. */
export function isDomainName(name: string): boolean {
  return name.length <= longestName && name.split('.').every((part) => label.test(part));
}

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** The zone that a name is in, its apex included; by label boundary, the longest wins. */
export function zoneOf(host: string, zones: readonly Zone[]): Zone | undefined {
  let longest: Zone | undefined;
  for (const zone of zones) {
    const within = host === zone.name || host.endsWith(`.${zone.name}`);
    if (within && zone.name.length > (longest?.name.length ?? 0)) longest = zone;
  }
  return longest;
}
