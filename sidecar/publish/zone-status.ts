import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import type { Delegation } from '#sidecar/model/delegation.ts';
import { type Hold, holdSentence } from '#sidecar/model/hold.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { conditions, type Verdict } from './conditions.ts';

export type ZoneStatus = NonNullable<ZoneDelegation['status']>;

/** What is known of the edge of one zone. */
export interface ZoneEdge {
  /** Whether this sidecar keeps the delegation (`--edge` is not none). */
  readonly kept: boolean;
  /** Undefined before it was read. */
  readonly delegation: Delegation | undefined;
  /** Name of this cluster's name server in it. */
  readonly ownNameServer: string;
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string } | undefined;
}

/** What a ZoneDelegation's status is made from. */
export interface ZoneStatusInput {
  readonly generation: number;
  /** What is served of it, or why nothing is. */
  readonly zone: Zone | { readonly reason: string; readonly message: string };
  readonly edge: ZoneEdge | undefined;
  /** Answers of deleted objects are held. */
  readonly hold: Hold | undefined;
  readonly previous: ZoneStatus | undefined;
  /** RFC 3339, for conditions that turn now. */
  readonly now: string;
}

/** The status of a ZoneDelegation. Name servers stay as they were while the edge cannot be read. */
export function zoneStatus({ generation, zone, edge, hold, previous, now }: ZoneStatusInput): ZoneStatus {
  const delegation = edge?.delegation;
  const verdicts =
    'reason' in zone
      ? [{ type: 'Accepted', status: 'False' as const, ...zone }]
      : [accepted, ...(edge === undefined ? [] : [delegated(zone, edge)])];
  return {
    ...(delegation === undefined ? {} : { dnsServers: dnsServers(delegation) }),
    observedGeneration: generation,
    conditions: conditions(
      previous?.conditions,
      [...verdicts, ...answersCurrent(hold, previous)],
      generation,
      now,
    ),
  };
}

const accepted: Verdict = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: 'the zone is served',
};

/** Only from the first hold on: most zones never see one. */
function answersCurrent(hold: Hold | undefined, previous: ZoneStatus | undefined): readonly Verdict[] {
  const type = 'AnswersCurrent';
  if (hold !== undefined)
    return [{ type, status: 'False', reason: hold.reason, message: holdSentence(hold) }];
  if (!previous?.conditions?.some((condition) => condition.type === type)) return [];
  return [
    { type, status: 'True', reason: 'NothingHeld', message: 'the answers are those of objects that exist' },
  ];
}

/** One entry per address, as k8gb lists them. */
function dnsServers({ members }: Delegation): NonNullable<ZoneStatus['dnsServers']> {
  return members.flatMap(({ nsName, addresses }) => addresses.map((address) => ({ name: nsName, address })));
}

function delegated({ name, parent }: Zone, { kept, delegation, ownNameServer, problem }: ZoneEdge): Verdict {
  const verdict = (status: Verdict['status'], reason: string, message: string): Verdict => ({
    type: 'Delegated',
    status,
    reason,
    message,
  });
  if (!kept)
    return verdict(
      'Unknown',
      'NotKept',
      `nobody looks at ${parent} (--edge none); the sidecar's log has the records to add there`,
    );
  if (problem !== undefined) return verdict('False', problem.code, `${problem.message} ${problem.hint}`);
  if (delegation === undefined) return verdict('Unknown', 'NotRead', `${parent} was not read yet`);
  if (delegation.members.some(({ nsName }) => nsName === ownNameServer))
    return verdict('True', 'Delegated', `${parent} lists ${ownNameServer} as a name server of ${name}`);
  return verdict(
    'False',
    'NotListed',
    `${parent} does not list ${ownNameServer} as a name server of ${name}`,
  );
}
