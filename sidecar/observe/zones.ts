import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import type { Zone } from '#sidecar/model/zone.ts';

/** Zones of the ZoneDelegations, sorted by name; of two with one zone the first by object name counts. */
export function readZones(delegations: Iterable<ZoneDelegation>): readonly Zone[] {
  const zones = new Map<string, Zone>();
  for (const { spec } of [...delegations].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const name = plain(spec?.loadBalancedZone);
    const parent = plain(spec?.parentZone);
    if (name === '' || !name.endsWith(`.${parent}`) || zones.has(name)) continue;
    zones.set(name, { name, parent, negativeTtlSeconds: Math.max(0, spec?.dnsZoneNegTTL ?? 30) });
  }
  return [...zones.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const plain = (name: string | undefined): string => (name ?? '').toLowerCase().replace(/\.$/, '');
