import type { Condition } from '#core/api/kubernetes.ts';

/** A condition but for when it was seen. */
export type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

type Conditions = readonly Partial<Condition>[];

/**
 * These verdicts as conditions: lastTransitionTime moves only when the status does (metav1.Condition). Conditions of
 * other types are somebody else's and stay.
 * @param now RFC 3339
 */
export function conditions(
  previous: Conditions | undefined,
  verdicts: readonly Verdict[],
  generation: number,
  now: string,
): Condition[] {
  const known = new Map(previous?.map((condition) => [condition.type, condition]));
  const others = (previous ?? []).filter(({ type }) => verdicts.every((verdict) => verdict.type !== type));
  const ours = verdicts.map((verdict) => {
    const before = known.get(verdict.type);
    const lastTransitionTime = before?.status === verdict.status ? (before.lastTransitionTime ?? now) : now;
    return { ...verdict, lastTransitionTime, observedGeneration: generation };
  });
  return [...ours, ...(others as Condition[])];
}
