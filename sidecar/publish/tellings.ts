import type { GslbView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { type GslbStatus, remarksOf } from './gslb-status.ts';

/** A sentence for `kubectl describe`. */
export interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What a Gslb is told about. */
export interface Told {
  /** Undefined: it has none yet. */
  readonly before: GslbStatus | undefined;
  readonly after: GslbStatus;
  readonly view: GslbView;
  readonly decision: (host: string) => HostDecision | undefined;
}

/**
 * What is worth an event when a Gslb's status changes. It follows from the two statuses alone, so what changed while
 * nobody wrote is told by the next writer, and nothing is told twice.
 */
export function tellings(told: Told): readonly Telling[] {
  return [
    ...remarks(told),
    ...told.view.hosts.flatMap((host) => [...health(host, told), ...targets(host, told)]),
  ];
}

function* remarks({ before, view }: Told): Iterable<Telling> {
  const last = before?.conditions?.find(({ type }) => type === 'Accepted');
  const wasRefused = last?.status === 'False';
  for (const { reason, message } of remarksOf(view))
    if (last?.message?.includes(message) !== true || (!wasRefused && !view.acceptance.accepted))
      yield { type: 'Warning', reason, message };
  if (wasRefused && view.acceptance.accepted)
    yield { type: 'Normal', reason: 'Accepted', message: `it is served now; before: ${last.message}` };
}

function* health({ host, health: now, services }: HostView, { before, after }: Told): Iterable<Telling> {
  const last = before?.serviceHealth[host];
  if (last === undefined || last === now) return;
  const names = services.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const here = `in ${after.geoTag} (Services: ${names || 'none'})`;
  if (now === 'Healthy')
    yield { type: 'Normal', reason: 'Healthy', message: `${host} has ready endpoints ${here}` };
  else if (now === 'Unhealthy')
    yield { type: 'Warning', reason: 'Unhealthy', message: `${host} lacks a ready endpoint ${here}` };
  else yield { type: 'Warning', reason: 'Unhealthy', message: `${host} lacks its Service ${here}` };
}

function* targets({ host }: HostView, { before, after, decision }: Told): Iterable<Telling> {
  const last = before?.healthyRecords[host] ?? [];
  const now = after.healthyRecords[host] ?? [];
  if (list(last) === list(now)) return;
  yield {
    type: now.length === 0 ? 'Warning' : 'Normal',
    reason: 'TargetsChanged',
    message: [
      `${host} answers ${list(now)}${by(decision(host))}`,
      `before: ${list(last)}`,
      ...leftOut(decision(host)),
    ].join('; '),
  };
}

const list = (addresses: readonly string[]): string => addresses.toSorted().join(', ') || 'nothing';

function by(decision: HostDecision | undefined): string {
  const clusters = decision?.answeringGeoTags ?? [];
  return clusters.length === 0 ? '' : ` (${clusters.join(', ')})`;
}

/** `left out: us (silent), za (eu ranks first)`: the clusters that do not answer, and why. */
function leftOut(decision: HostDecision | undefined): readonly string[] {
  const removed = (decision?.steps ?? []).flatMap((step) => step.removed);
  if (removed.length === 0) return [];
  return [`left out: ${removed.map(({ geoTag, why }) => `${geoTag} (${why})`).join(', ')}`];
}
