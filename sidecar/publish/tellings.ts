import type { GslbView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { withoutWhy } from '#sidecar/model/probe-remark.ts';
import { coarseRemarks } from './coarse-clients.ts';
import { flawsOf, namedFlaws } from './degraded.ts';
import { type GslbStatus, remarksOf } from './gslb-status.ts';
import { answerTellings } from './tell-answer.ts';

/** A sentence for `kubectl describe`. */
export interface Telling {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
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
    ...flaws(told),
    ...coarse(told),
    ...told.view.hosts.flatMap((host) => [...health(host, told), ...answerTellings(host, told)]),
  ];
}

function* remarks({ before, view }: Told): Iterable<Telling> {
  const last = before?.conditions?.find(({ type }) => type === 'Accepted');
  const wasRefused = last?.status === 'False';
  const known = withoutWhy(last?.message ?? '');
  for (const { reason, message } of remarksOf(view))
    if (!known.includes(withoutWhy(message)) || (!wasRefused && !view.acceptance.accepted))
      yield { type: 'Warning', reason, message };
  if (wasRefused && view.acceptance.accepted)
    yield { type: 'Normal', reason: 'Accepted', message: `it is served now; before: ${last.message}` };
}

/** Told with the answers that they change, where they change any. */
const toldElsewhere = new Set(['AddressWithheld', 'MemberSilent']);

function* flaws({ before, view, decision }: Told): Iterable<Telling> {
  const last = before?.conditions?.find(({ type }) => type === 'Degraded');
  const known = last?.status === 'True' ? (last.message ?? '') : '';
  for (const { reason, message } of namedFlaws(flawsOf(byName(view.hosts), decision)))
    if (!toldElsewhere.has(reason) && !known.includes(message)) yield { type: 'Warning', reason, message };
}

/** Once, when the condition turns True, of the first host: the condition names the others. */
function* coarse({ before, view, decision }: Told): Iterable<Telling> {
  if (before?.conditions?.some(({ type, status }) => type === 'CoarseClients' && status === 'True')) return;
  const [first] = coarseRemarks(byName(view.hosts), decision);
  if (first !== undefined) yield { type: 'Warning', ...first };
}

/** As the condition has them: it names the first few only. */
const byName = (hosts: readonly HostView[]): readonly HostView[] =>
  hosts.toSorted((a, b) => (a.host < b.host ? -1 : 1));

function* health({ host, health: now, services }: HostView, { before, after }: Told): Iterable<Telling> {
  const last = before?.serviceHealth[host];
  if (last === undefined || last === now) return;
  const names = services.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const here = `in ${after.geoTag} (Services: ${names || 'none'})`;
  if (now === 'Healthy')
    yield { type: 'Normal', reason: 'Healthy', message: `${host} has ready endpoints ${here}` };
  else if (now === 'Unhealthy')
    yield { type: 'Warning', reason: 'Unhealthy', message: `${host} lacks a ready endpoint ${here}` };
  else yield { type: 'Warning', reason: 'NotFound', message: `${host} lacks its Service ${here}` };
}
