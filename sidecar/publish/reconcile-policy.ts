import { type GslbPolicy, gslbPolicies } from '#core/api/gslb-policy/schema.ts';
import { timeText } from '#core/api/time-text.ts';
import type { EventToRecord } from '#core/source/source.ts';
import type { Override } from '#sidecar/model/override.ts';
import { conditions } from './conditions.ts';
import { overrideInForce } from './override-in-force.ts';
import { conditionTellings } from './reconcile-zone.ts';
import type { StatusWriter } from './status-writer.ts';

type PolicyStatus = NonNullable<GslbPolicy['status']>;

/** What became of a policy; satisfied by the observer's. */
export interface PolicyVerdict {
  readonly accepted: boolean;
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  readonly targets: NonNullable<PolicyStatus['targets']>;
  /** Those in force, by geotag. */
  readonly overrides: ReadonlyMap<string, Override>;
}

export interface PolicyKnowledge {
  /** Keys: `namespace/name`. */
  readonly policy: (key: string) => GslbPolicy | undefined;
  /** Undefined: nothing was made of it yet. */
  readonly policyVerdict: (key: string) => PolicyVerdict | undefined;
}

export interface PolicyReconcilerOptions {
  readonly statuses: StatusWriter;
  readonly tell: (event: EventToRecord) => Promise<void>;
  readonly knowledge: PolicyKnowledge;
  /** Wall clock, for conditions. */
  readonly now: () => Date;
}

/** Brings the status of one GslbPolicy (`namespace/name`) to what became of it, with events. Rejects with SourceError. */
export function policyReconciler(options: PolicyReconcilerOptions): (key: string) => Promise<void> {
  const { statuses, tell, knowledge, now } = options;
  return async (key) => {
    const object = knowledge.policy(key);
    const verdict = knowledge.policyVerdict(key);
    if (object === undefined || verdict === undefined) return;
    const before = statuses.current(object);
    const generation = object.metadata.generation ?? 0;
    const after = policyStatus(verdict, generation, before, timeText(now().getTime()));
    if (!(await statuses.write(gslbPolicies, object, after))) return;
    for (const telling of conditionTellings(before, after)) await tell({ ...telling, about: object });
  };
}

/** The status of a GslbPolicy. @param now RFC 3339 */
export function policyStatus(
  { accepted, reason, message, targets, overrides }: PolicyVerdict,
  generation: number,
  previous: PolicyStatus | undefined,
  now: string,
): PolicyStatus {
  const attached = targets.filter((target) => target.attached).map(({ name }) => name);
  const status = accepted ? 'True' : 'False';
  return {
    targets,
    attached: [...new Set(attached)].join(', '),
    drained: [...overrides.keys()].toSorted().join(', '),
    overrides: [...overrides]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([geoTag, override]) => ({ geoTag, ...overrideInForce(override) })),
    observedGeneration: generation,
    conditions: conditions(
      previous?.conditions,
      [{ type: 'Accepted', status, reason, message }],
      generation,
      now,
    ),
  };
}
