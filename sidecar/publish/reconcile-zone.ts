import { timeText } from '#core/api/time-text.ts';
import { type ZoneDelegation, zoneDelegations } from '#core/api/zone-delegation/schema.ts';
import type { EventToRecord } from '#core/source/source.ts';
import type { ClusterView } from '#sidecar/model/cluster-view.ts';
import type { Hold } from '#sidecar/model/hold.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import type { StatusWriter } from './status-writer.ts';
import type { Telling } from './tellings.ts';

import { type ZoneEdge, type ZoneStatus, zoneStatus } from './zone-status.ts';

/** What is known of ZoneDelegations; satisfied by the observer. */
export interface ZoneKnowledge {
  readonly view: () => Pick<ClusterView, 'zones'>;
  readonly zoneDelegations: () => Iterable<ZoneDelegation>;
  readonly hold: () => Hold | undefined;
  readonly refusedZones: () => ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
}

export interface ZoneReconcilerOptions {
  readonly statuses: StatusWriter;
  readonly tell: (event: EventToRecord) => Promise<void>;
  readonly knowledge: ZoneKnowledge;
  /** Undefined: the edge is not looked at. */
  readonly edge: ((zone: Zone) => ZoneEdge) | undefined;
  /** Wall clock, for conditions. */
  readonly now: () => Date;
}

/** Brings the status of one ZoneDelegation (by object name) to what is known, with events. Rejects with SourceError. */
export function zoneReconciler(options: ZoneReconcilerOptions): (name: string) => Promise<void> {
  const { statuses, tell, knowledge, edge, now } = options;
  return async (name) => {
    const object = [...knowledge.zoneDelegations()].find(({ metadata }) => metadata.name === name);
    if (object === undefined) return;
    const served = object.spec?.loadBalancedZone.toLowerCase().replace(/\.$/, '');
    const refusal = knowledge.refusedZones().get(name);
    const zone = refusal ?? knowledge.view().zones.find((known) => known.name === served);
    if (zone === undefined) return;
    const before = statuses.current(object);
    const after = zoneStatus({
      generation: object.metadata.generation ?? 0,
      zone,
      hold: knowledge.hold(),
      edge: 'reason' in zone ? undefined : edge?.(zone),
      previous: before,
      now: timeText(now().getTime()),
    });
    if (!(await statuses.write(zoneDelegations, object, after))) return;
    for (const telling of conditionTellings(before, after)) await tell({ ...telling, about: object });
  };
}

/** An event for what turned bad, or bad for another reason, and for what turned good again. */
export function conditionTellings(
  before: Pick<ZoneStatus, 'conditions'> | undefined,
  after: Pick<ZoneStatus, 'conditions'>,
): readonly Telling[] {
  return (after.conditions ?? []).flatMap(({ type, status, reason, message }): readonly Telling[] => {
    const last = before?.conditions?.find((condition) => condition.type === type);
    if (status === 'False' && (last?.status !== 'False' || last.reason !== reason))
      return [{ type: 'Warning', reason, message }];
    if (status === 'True' && last?.status === 'False') return [{ type: 'Normal', reason, message }];
    return [];
  });
}
