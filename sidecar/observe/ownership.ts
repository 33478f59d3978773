import type { GslbReference } from '#sidecar/model/cluster-view.ts';

/** A Gslb that asks for a host. */
export interface Claimant {
  readonly key: string;
  readonly reference: GslbReference;
  /** Infinity while it is not written. */
  readonly createdAtMs: number;
}

/** Key of a Gslb: `group/namespace/name`. */
export const gslbKey = ({ group, namespace, name }: GslbReference): string => `${group}/${namespace}/${name}`;

/**
 * Who keeps a host: the oldest (ties: by key). The same namespace/name in both groups is one object in migration: it
 * is as old as the older of the two, and k8gb.io's counts.
 */
export function hostOwner(claimants: Iterable<Claimant>): Claimant | undefined {
  const objects = new Map<string, Claimant>();
  for (const claimant of claimants) {
    const id = `${claimant.reference.namespace}/${claimant.reference.name}`;
    const twin = objects.get(id);
    objects.set(id, twin === undefined ? claimant : migrated(claimant, twin));
  }
  let owner: Claimant | undefined;
  for (const claimant of objects.values())
    if (owner === undefined || precedes(claimant, owner)) owner = claimant;
  return owner;
}

const migrated = (a: Claimant, b: Claimant): Claimant => ({
  ...(a.reference.group === 'k8gb.io' ? a : b),
  createdAtMs: Math.min(a.createdAtMs, b.createdAtMs),
});

const precedes = (a: Claimant, b: Claimant): boolean =>
  a.createdAtMs === b.createdAtMs ? a.key < b.key : a.createdAtMs < b.createdAtMs;

/** Whether two references name one object in migration between the groups. */
export const isSameObject = (a: GslbReference, b: GslbReference): boolean =>
  a.namespace === b.namespace && a.name === b.name;
