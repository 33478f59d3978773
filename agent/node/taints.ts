import { taints as keys } from '#agent/model/names.ts';
import type { Taint } from './node-object.ts';

/** How long a provider may be out of reach before pods are asked to leave its node. */
export const lostAfterMs = 5000;

/** Ours on a virtual node: none but offloaded pods, and while its provider is lost, not those either. */
export function ourTaints(lost: boolean): readonly Taint[] {
  const allowed: Taint = { key: keys.notAllowed, value: 'true', effect: 'NoExecute' };
  return lost ? [allowed, { key: keys.providerUnreachable, effect: 'NoExecute' }] : [allowed];
}

/**
 * The taints of a node with ours as they should be, in place, and everybody else's as they are; undefined when nothing
 * is to be written. The list is atomic to server-side apply, so it is read, changed and written as a whole.
 */
export function withOurTaints(
  found: readonly Taint[],
  lost: boolean,
  now: string,
): readonly Taint[] | undefined {
  const wanted = ourTaints(lost);
  const isOurs = ({ key }: Taint): boolean => key === keys.notAllowed || key === keys.providerUnreachable;
  const right = (taint: Taint): boolean =>
    wanted.some(
      ({ key, value, effect }) =>
        taint.key === key && (taint.value ?? '') === (value ?? '') && taint.effect === effect,
    );
  const kept = found.filter((taint) => !isOurs(taint) || right(taint));
  const missing = wanted.filter(({ key }) => !kept.some((taint) => taint.key === key));
  if (kept.length === found.length && missing.length === 0) return undefined;
  // Kubernetes counts tolerationSeconds from here.
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: now }))];
}
