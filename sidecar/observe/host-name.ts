import type { Zone } from '#sidecar/model/zone.ts';

/** Why a host cannot be served, or the zone that serves it. */
export type HostPlace =
  | { readonly zone: Zone }
  | { readonly reason: 'HostOutsideZones' | 'HostReserved' | 'HostInvalid'; readonly message: string };

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The zone of a host (by label boundary, the longest wins), or why none serves it: the apex, a label `_fleet`, a
 * first label `localtargets-…` and more than one `*` are ours or ambiguous, and `localtargets-<host>` must fit.
 * @param host lower-case, no trailing dot
 */
export function placeHost(host: string, zones: readonly Zone[]): HostPlace {
  const labels = host.split('.');
  const plain = labels[0] === '*' ? labels.slice(1) : labels;
  if (plain.includes('*') || plain.some((part) => part.includes('*')))
    return { reason: 'HostInvalid', message: `host ${host} has a "*" that is not its whole first label` };
  const wrong = plain.find((part) => !label.test(part));
  if (wrong !== undefined)
    return {
      reason: 'HostInvalid',
      message: `host ${host} is not a DNS name: label "${wrong}" cannot be used`,
    };
  const zone = zones
    .filter(({ name }) => host === name || host.endsWith(`.${name}`))
    .reduce<Zone | undefined>(
      (longest, next) => (longest && longest.name.length >= next.name.length ? longest : next),
      undefined,
    );
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
  if (labels[0]?.startsWith('localtargets-')) return reserved('begins with the reserved localtargets-');
  if (labels[0] !== '*' && ((labels[0]?.length ?? 0) > 50 || host.length > 253 - 'localtargets-'.length))
    return reserved(
      'is too long for localtargets-<host>, which other clusters ask for (63 octets a label, 253 in all)',
    );
  return { zone };
}
