import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Condition } from '#core/api/kubernetes.ts';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';

/** What a Gslb's status is made from. */
export interface StatusInput {
  readonly geoTag: string;
  readonly view: GslbView;
  readonly decision: (host: string) => HostDecision | undefined;
  readonly previous: Gslb['status'] | undefined;
  /** RFC 3339, for conditions that turn now. */
  readonly now: string;
}

/** The status of a Gslb as k8gb writes it, with conditions. Alike for alike input, whatever order it came in. */
export function gslbStatus({
  geoTag,
  view,
  decision,
  previous,
  now,
}: StatusInput): NonNullable<Gslb['status']> {
  const hosts = [...view.hosts].sort((a, b) => (a.host < b.host ? -1 : 1));
  const records = hosts.map(({ host }) => [host, decision(host)?.healthyRecords ?? []] as const);
  const condition = turning(previous?.conditions, view.generation, now);
  return {
    geoTag,
    hosts: hosts.map(({ host }) => host).join(', '),
    serviceHealth: Object.fromEntries(hosts.map(({ host, health }) => [host, health])),
    healthyRecords: Object.fromEntries(records),
    servers: hosts.map(({ host, services }) => ({ host, services: [...services] })),
    loadBalancer: { exposedIps: [...new Set(hosts.flatMap(({ addresses }) => addresses))].sort() },
    observedGeneration: view.generation,
    conditions: [accepted(view, condition), ready(view, records, condition)],
  };
}

type MakeCondition = (type: string, status: boolean, reason: string, message: string) => Condition;

function accepted({ acceptance, warnings }: GslbView, condition: MakeCondition): Condition {
  if (!acceptance.accepted) return condition('Accepted', false, acceptance.reason, acceptance.message);
  const [first] = warnings;
  if (first === undefined) return condition('Accepted', true, 'Accepted', 'every host is served');
  return condition('Accepted', true, first.reason, warnings.map(({ message }) => message).join('; '));
}

function ready(
  { acceptance }: GslbView,
  records: readonly (readonly [string, readonly string[]])[],
  condition: MakeCondition,
): Condition {
  if (!acceptance.accepted) return condition('Ready', false, 'NotAccepted', 'no host of it is served');
  const empty = records.filter(([, addresses]) => addresses.length === 0).map(([host]) => host);
  if (empty.length === 0) return condition('Ready', true, 'HasTargets', 'every host has a healthy target');
  return condition(
    'Ready',
    false,
    'NoHealthyTarget',
    `no cluster has a healthy target for ${empty.join(', ')}`,
  );
}

/** Conditions whose lastTransitionTime moves only when their status does (metav1.Condition). */
const turning =
  (previous: readonly Partial<Condition>[] | undefined, generation: number, now: string): MakeCondition =>
  (type, status, reason, message) => {
    const text = status ? 'True' : 'False';
    const before = previous?.find((known) => known.type === type);
    const lastTransitionTime = before?.status === text ? (before.lastTransitionTime ?? now) : now;
    return { type, status: text, reason, message, lastTransitionTime, observedGeneration: generation };
  };
