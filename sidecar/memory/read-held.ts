import { type Gslb, gslbs } from '#core/api/gslb/schema.ts';
import { isRecord } from '#core/api/is-record.ts';
import { type ZoneDelegation, zoneDelegations } from '#core/api/zone-delegation/schema.ts';
import { admit } from '#core/source/folder/door.ts';
import type { Held, Hold } from '#sidecar/model/hold.ts';
import { isWhole } from './read-values.ts';

/** Checks when and why a hold began; undefined: it is not such as this program writes. */
export function readHold(value: unknown): Hold | undefined {
  if (!isRecord(value)) return undefined;
  const { reason, sinceMs, untilMs } = value;
  if (reason !== 'CrdDeleted' && reason !== 'MassDelete') return undefined;
  if (!isWhole(sinceMs, 0, 8.64e15) || !isWhole(untilMs, 0, 8.64e15)) return undefined;
  return { reason, sinceMs, untilMs };
}

/** Checks an object as an API server would at admission, and says what it is; undefined as above. */
export function readHeld(
  value: unknown,
): { readonly gslb: Held['gslbs'][number] } | { readonly zone: ZoneDelegation } | undefined {
  // Most records have none.
  if (!isRecord(value)) return undefined;
  const { resource, object } = admit(value).admitted ?? {};
  if (resource?.kind === zoneDelegations.kind) return { zone: object as ZoneDelegation };
  const group = resource?.group;
  if (resource?.kind !== gslbs.kind || (group !== 'k8gb.io' && group !== 'k8gb.absa.oss')) return undefined;
  return { gslb: { group, object: object as Gslb } };
}
