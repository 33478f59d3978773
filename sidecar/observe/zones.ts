import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { isDomainName } from './host-name.ts';
import type { Remark } from './wish.ts';

/** The zones that are served, and the ZoneDelegations that are not. */
export interface ReadZones {
  /** Sorted by name. */
  readonly zones: readonly Zone[];
  /** Why, by object name. */
  readonly refused: ReadonlyMap<string, Remark>;
}

/** Negative TTL where a ZoneDelegation has none (k8gb's CRD requires it). */
const defaultNegativeTtlSeconds = 30;

/** Reads ZoneDelegations. Of two with one zone the first by object name counts. */
export function readZones(delegations: Iterable<ZoneDelegation>): ReadZones {
  const zones = new Map<string, { readonly zone: Zone; readonly object: string }>();
  const refused = new Map<string, Remark>();
  for (const { metadata, spec } of [...delegations].sort((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  )) {
    const name = plain(spec?.loadBalancedZone);
    const parent = plain(spec?.parentZone);
    const first = zones.get(name);
    const refuse = (reason: string, message: string): void =>
      void refused.set(metadata.name, { reason, message });
    if (!isDomainName(name) || !isDomainName(parent))
      refuse('ZoneInvalid', `"${isDomainName(name) ? parent : name}" is not a domain name; correct the spec`);
    else if (!name.endsWith(`.${parent}`))
      refuse('ZoneInvalid', `zone ${name} is not below its parent ${parent}; correct spec.parentZone`);
    else if (first !== undefined)
      refuse(
        'ZoneConflict',
        `zone ${name} is described by ZoneDelegation ${first.object} already; delete one of them`,
      );
    else {
      const negativeTtlSeconds = Math.max(0, spec?.dnsZoneNegTTL ?? defaultNegativeTtlSeconds);
      zones.set(name, { zone: { name, parent, negativeTtlSeconds }, object: metadata.name });
    }
  }
  const sorted = [...zones.values()].map(({ zone }) => zone).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { zones: sorted, refused };
}

const plain = (name: string | undefined): string => (name ?? '').toLowerCase().replace(/\.$/, '');
