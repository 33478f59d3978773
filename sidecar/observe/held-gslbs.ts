import type { Gslb } from '#core/api/gslb/schema.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';
import type { Held } from '#sidecar/model/hold.ts';
import { heldZones } from './held-zones.ts';
import type { MassDeletes, Vanishable } from './mass-delete.ts';
import { gslbKey } from './ownership.ts';

interface HeldGslb extends Vanishable {
  readonly group: GslbReference['group'];
  readonly gslb: Gslb;
}

/** A Gslb that came or went. */
export const heldGslb = (group: GslbReference['group'], gslb: Gslb, put: Vanishable['put']): HeldGslb => {
  const { namespace = 'default', name } = gslb.metadata;
  return { key: gslbKey({ group, namespace, name }), counts: true, put, group, gslb };
};

/** The hold that is on, with what it holds; undefined: there is none. */
export function heldNow(deletes: Pick<MassDeletes, 'hold' | 'held'>): Held | undefined {
  const hold = deletes.hold();
  if (hold === undefined) return undefined;
  const gslbs = [...deletes.held()].flatMap((object) => {
    if (!('gslb' in object)) return [];
    const { group, gslb } = object as HeldGslb;
    return [{ group, object: gslb }];
  });
  return { hold, gslbs, zones: heldZones(deletes) };
}
