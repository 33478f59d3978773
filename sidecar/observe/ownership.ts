import type { GslbReference } from '#sidecar/model/cluster-view.ts';

/** A Gslb that asks for a host. */
export interface Claimant {
  readonly key: string;
  readonly reference: GslbReference;
  readonly createdAtMs: number;
}

/** Key of a Gslb: `group/namespace/name`. */
export const gslbKey = ({ group, namespace, name }: GslbReference): string => `${group}/${namespace}/${name}`;

/**
 * Who keeps a host: the oldest (ties: by key). The same namespace/name in both groups is one object in migration, of
 * which k8gb.io's counts.
 */
export function hostOwner(claimants: Iterable<Claimant>): Claimant | undefined {
  let owner: Claimant | undefined;
  for (const claimant of claimants) if (owner === undefined || precedes(claimant, owner)) owner = claimant;
  return owner;
}

function precedes(a: Claimant, b: Claimant): boolean {
  if (isSameObject(a.reference, b.reference)) return a.reference.group === 'k8gb.io';
  if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs < b.createdAtMs;
  return a.key < b.key;
}

/** Whether two references name one object in migration between the groups. */
export const isSameObject = (a: GslbReference, b: GslbReference): boolean =>
  a.namespace === b.namespace && a.name === b.name;
