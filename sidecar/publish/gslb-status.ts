import type { Gslb } from '#core/api/gslb/schema.ts';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { saysNeverPassed, withoutWhy } from '#sidecar/model/probe-remark.ts';
import { coarseClients } from './coarse-clients.ts';
import { conditions, type Verdict } from './conditions.ts';
import { decidedFields } from './decided-fields.ts';
import { degraded, flawsOf } from './degraded.ts';

export type GslbStatus = NonNullable<Gslb['status']>;

/** What a Gslb's status is made from. */
export interface StatusInput {
  readonly geoTag: string;
  readonly view: GslbView;
  readonly decision: (host: string) => HostDecision | undefined;
  readonly previous: GslbStatus | undefined;
  /** RFC 3339, for conditions that turn now. */
  readonly now: string;
  /** Its probes have begun a moment ago: what was said of them before stays. */
  readonly probesUndecided?: boolean;
}

/** The status of a Gslb as k8gb writes it, with conditions. Alike for alike input, whatever order it came in. */
export function gslbStatus(input: StatusInput): GslbStatus {
  const { geoTag, view, decision, previous, now } = input;
  const hosts = view.hosts.toSorted((a, b) => (a.host < b.host ? -1 : 1));
  const records = hosts.map(({ host }) => [host, decision(host)?.healthyRecords ?? []] as const);
  const verdicts = [
    acceptedAsBefore(input),
    ready(view, records),
    degraded(flawsOf(hosts, decision)),
    ...coarseClients(hosts, decision, previous?.conditions),
  ];
  return {
    geoTag,
    hosts: hosts.map(({ host }) => host).join(', '),
    serviceHealth: Object.fromEntries(hosts.map(({ host, health }) => [host, health])),
    healthyRecords: Object.fromEntries(records),
    servers: hosts.map(({ host, services }) => ({ host, services })),
    loadBalancer: { exposedIps: [...new Set(hosts.flatMap(({ addresses }) => addresses))].sort() },
    ...decidedFields(hosts, decision, previous),
    observedGeneration: view.generation,
    health: healthOf(view, verdicts),
    targets: targetsOf(records.flatMap(([, addresses]) => addresses)),
    conditions: conditions(previous?.conditions, verdicts, view.generation, now),
  };
}

/** For people, in one word. */
function healthOf({ hosts }: GslbView, verdicts: readonly Verdict[]): NonNullable<GslbStatus['health']> {
  const is = (type: string) => verdicts.find((verdict) => verdict.type === type)?.status === 'True';
  if (!is('Ready')) return 'Unhealthy';
  return is('Degraded') || hosts.some(({ health }) => health !== 'Healthy') ? 'Degraded' : 'Healthy';
}

/** Addresses that a column of kubectl has room for. */
const shownTargets = 4;

/** Without spaces, for scripts that split the columns of kubectl by them: `192.0.2.1,192.0.2.2,+3`. */
function targetsOf(addresses: readonly string[]): string {
  const distinct = [...new Set(addresses)].sort();
  const more = distinct.length - shownTargets;
  return [...distinct.slice(0, shownTargets), ...(more > 0 ? [`+${more}`] : [])].join(',');
}

/** All that is wrong with a Gslb, the refusal first. */
export function remarksOf({
  acceptance,
  warnings,
}: GslbView): readonly { readonly reason: string; readonly message: string }[] {
  return acceptance.accepted ? warnings : [acceptance, ...warnings];
}

/**
 * As it was written, while only remarks about probes are different that a restart would take back for a moment, or why
 * a probe fails: else a sidecar that starts would write the status of every Gslb twice.
 */
function acceptedAsBefore({ view, previous, probesUndecided }: StatusInput): Verdict {
  const verdict = accepted(view);
  const { status, reason, message } = previous?.conditions?.find(({ type }) => type === verdict.type) ?? {};
  if (status !== verdict.status || reason === undefined || message === undefined) return verdict;
  const stays =
    withoutWhy(message) === withoutWhy(verdict.message) ||
    (probesUndecided === true && saysNeverPassed(message));
  return stays ? { ...verdict, reason, message } : verdict;
}

function accepted(view: GslbView): Verdict {
  const remarks = remarksOf(view);
  return {
    type: 'Accepted',
    status: view.acceptance.accepted ? 'True' : 'False',
    reason: remarks[0]?.reason ?? 'Accepted',
    message: remarks.map(({ message }) => message).join('; ') || 'every host is served',
  };
}

function ready(
  { acceptance }: GslbView,
  records: readonly (readonly [string, readonly string[]])[],
): Verdict {
  const type = 'Ready';
  if (!acceptance.accepted)
    return { type, status: 'False', reason: 'NotAccepted', message: 'no host of it is served' };
  const empty = records.filter(([, addresses]) => addresses.length === 0).map(([host]) => host);
  if (empty.length === 0)
    return { type, status: 'True', reason: 'HasTargets', message: 'every host has a healthy target' };
  return {
    type,
    status: 'False',
    reason: 'NoHealthyTarget',
    message: `no cluster has a healthy target for ${empty.join(', ')}`,
  };
}
