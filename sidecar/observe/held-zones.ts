import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import type { MassDeletes, Vanishable } from './mass-delete.ts';

interface HeldZone extends Vanishable {
  readonly zone: ZoneDelegation;
}

/** A ZoneDelegation that came or went. It is no mass by itself, but is held together with Gslbs. */
export const heldZone = (zone: ZoneDelegation, put: () => void): HeldZone => ({
  key: `ZoneDelegation/${zone.metadata.name}`,
  counts: false,
  put,
  zone,
});

/** The ZoneDelegations that there are, and those that are held, unless their zone has another now. */
export function withHeldZones(
  zones: Iterable<ZoneDelegation>,
  deletes: Pick<MassDeletes, 'held'>,
): readonly ZoneDelegation[] {
  const present = [...zones];
  const names = new Set(present.map(({ spec }) => spec?.loadBalancedZone));
  const held = heldZones(deletes).filter(({ spec }) => !names.has(spec?.loadBalancedZone));
  return [...present, ...held];
}

/** Those that are held. */
export function heldZones(deletes: Pick<MassDeletes, 'held'>): readonly ZoneDelegation[] {
  return [...deletes.held()].flatMap((object) => ('zone' in object ? (object as HeldZone).zone : []));
}
