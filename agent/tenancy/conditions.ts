/** A condition as Tenants and PeeringClaims carry it; `status` of Liqo's objects may be any word. */
export interface StoredCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A condition but for when it was seen. */
export interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** A condition that we wrote: nothing of it is absent. */
export type FullCondition = Verdict & { readonly lastTransitionTime: string };

/**
 * The conditions with these verdicts in them: lastTransitionTime moves only when the status does. Conditions of other
 * types stay as they are.
 */
export function withVerdicts(
  previous: readonly StoredCondition[] | undefined,
  verdicts: readonly Verdict[],
  nowMs: number,
): FullCondition[] {
  const kept = (previous ?? []).filter(({ type }) => verdicts.every((verdict) => verdict.type !== type));
  const ours = verdicts.map((verdict) => {
    const before = conditionOf(previous, verdict.type);
    const since = before?.status === verdict.status ? before.lastTransitionTime : undefined;
    return { ...verdict, lastTransitionTime: since ?? timeText(nowMs) };
  });
  return [...(kept as FullCondition[]), ...ours];
}

export function conditionOf(
  conditions: readonly StoredCondition[] | undefined,
  type: string,
): StoredCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Milliseconds since 1970 from which on the condition has been True; undefined while it is not. */
export function trueSince(
  conditions: readonly StoredCondition[] | undefined,
  type: string,
): number | undefined {
  const condition = conditionOf(conditions, type);
  if (condition?.status !== 'True') return undefined;
  const since = Date.parse(condition.lastTransitionTime ?? '');
  return Number.isNaN(since) ? 0 : since;
}

/** RFC 3339 without fractions, as Kubernetes writes times. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
