import type { Gslb } from '#core/api/gslb/schema.ts';
import { timeText } from '#core/api/time-text.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';

type Status = NonNullable<Gslb['status']>;

/** The fields of a Gslb's status that say why a host answers as it does. */
export interface DecidedFields {
  readonly active?: NonNullable<Status['active']>;
  readonly leftOut?: NonNullable<Status['leftOut']>;
  readonly withheld?: NonNullable<Status['withheld']>;
}

type LeftOut = NonNullable<DecidedFields['leftOut']>[string];

/**
 * What was decided about these hosts. A field without content is absent, unless the status has it: then it is empty,
 * as only a field that is named is changed by a patch.
 */
export function decidedFields(
  hosts: readonly HostView[],
  decision: (host: string) => HostDecision | undefined,
  previous: DecidedFields | undefined,
): DecidedFields {
  const active = hosts.flatMap(({ host }) => {
    const { active: record } = decision(host) ?? {};
    if (record === undefined) return [];
    const { geoTag, epoch, sinceMs, reason } = record;
    return [[host, { geoTag, epoch, since: timeText(sinceMs), reason }] as const];
  });
  const leftOut = hosts.flatMap(({ host }) => entry(host, leftOutOf(decision(host))));
  const withheld = hosts.flatMap(({ host, withheld: kept = [] }) =>
    entry(host, Object.fromEntries(kept.map(({ address, why }) => [address, why]))),
  );
  return {
    ...((active.length > 0 || previous?.active) && { active: Object.fromEntries(active) }),
    ...((leftOut.length > 0 || previous?.leftOut) && { leftOut: Object.fromEntries(leftOut) }),
    ...((withheld.length > 0 || previous?.withheld) && { withheld: Object.fromEntries(withheld) }),
  };
}

/** What removed each cluster that does not answer. One that answers all the same (failOpen) is not among them. */
function leftOutOf(decision: HostDecision | undefined): LeftOut {
  const { steps = [], answeringGeoTags = [] } = decision ?? {};
  return Object.fromEntries(
    steps
      .flatMap(({ filter, removed }) =>
        removed.map(({ geoTag, why }) => [geoTag, { filter: filter as string, why }] as const),
      )
      .filter(([geoTag]) => !answeringGeoTags.includes(geoTag)),
  );
}

const entry = <T extends object>(host: string, content: T): readonly (readonly [string, T])[] =>
  Object.keys(content).length === 0 ? [] : [[host, content]];
