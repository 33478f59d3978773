import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { Verdict } from './conditions.ts';

/** Something that a host answers in spite of. */
export interface Flaw {
  readonly reason: string;
  /** Names the host, or the cluster. */
  readonly message: string;
}

/** Worst first: the reason of the condition is that of the first. */
const order = [
  'FailOpen',
  'ProbeSuspect',
  'DrainIgnored',
  'MemberSilent',
  'AddressWithheld',
  'PlaceDatabaseMissing',
];

/** Flaws that the condition names; of more it gives the number, so that the condition of many hosts stays readable. */
const named = 10;

/** All that hampers these hosts, the worst first; alike for alike input. */
export function flawsOf(
  hosts: readonly HostView[],
  decision: (host: string) => HostDecision | undefined,
): readonly Flaw[] {
  const flaws = hosts.flatMap((view) => flawsOfHost(view, decision(view.host)));
  const distinct = [...new Map(flaws.map((flaw) => [`${flaw.reason} ${flaw.message}`, flaw])).values()];
  return distinct.toSorted((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason));
}

/** Those that the condition names; the others are only counted there. */
export const namedFlaws = (flaws: readonly Flaw[]): readonly Flaw[] => flaws.slice(0, named);

/** The Degraded condition of what has these flaws. */
export function degraded(flaws: readonly Flaw[]): Verdict {
  const type = 'Degraded';
  const [worst] = flaws;
  if (worst === undefined)
    return { type, status: 'False', reason: 'AsWanted', message: 'nothing hampers its hosts' };
  return { type, status: 'True', reason: worst.reason, message: namedText(flaws) };
}

/** What a condition says of these: the first few, and how many more there are. */
export function namedText(flaws: readonly Flaw[]): string {
  const more = flaws.length > named ? [`and ${flaws.length - named} more`] : [];
  return [...namedFlaws(flaws).map(({ message }) => message), ...more].join('; ');
}

function flawsOfHost(view: HostView, decision: HostDecision | undefined): readonly Flaw[] {
  const { host, withheld = [], probesSuspect } = view;
  const remarks = (decision?.remarks ?? [])
    .filter(({ reason }) => order.includes(reason))
    .map(({ reason, message }) => ({
      reason,
      message: message.startsWith(`${host}:`) ? message : `${host}: ${message}`,
    }));
  const suspect = probesSuspect === true && remarks.every(({ reason }) => reason !== 'ProbeSuspect');
  const alive = decision?.steps.find(({ filter }) => filter === 'alive')?.removed ?? [];
  return [
    ...remarks,
    ...(suspect
      ? [
          {
            reason: 'ProbeSuspect',
            message: `${host}: every probe fails though its Services have ready endpoints, so all addresses are answered; look whether the probe asks what the ingress serves`,
          },
        ]
      : []),
    ...withheld.map(({ address, why }) => ({
      reason: 'AddressWithheld',
      message: `${host}: ${address} is kept back: ${why}`,
    })),
    ...alive
      .filter(({ silent }) => silent === true)
      .map(({ geoTag }) => ({
        reason: 'MemberSilent',
        message: `cluster ${geoTag} is silent, its addresses are withdrawn`,
      })),
  ];
}
