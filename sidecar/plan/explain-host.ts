import type { DecisionRemark, FilterStep } from '#sidecar/model/host-decision.ts';
import { askFleet } from './ask-fleet.ts';
import { chain } from './chain.ts';
import { choiceOf, isIpv4, isIpv6 } from './choice-of.ts';
import type { HostInput } from './host-input.ts';
import type { Simple } from './join-choices.ts';

/** What one client gets, and why. */
export interface Explained {
  readonly steps: readonly FilterStep[];
  readonly remarks: readonly DecisionRemark[];
  /** The parts of the decision's choices that are for this client. */
  readonly a: Simple;
  readonly aaaa: Simple;
}

/**
 * Why a client gets what it gets, by the very steps of the decision.
 * @param client its address, or that of its network; absent: one of whom nothing is known
 */
export function explainHost(input: HostInput, client?: string): Explained {
  const { host, places } = input;
  const fleet = askFleet(input, chain);
  const index = client === undefined ? undefined : places?.placeOf(client);
  const place = index === undefined ? undefined : places?.places[index];
  const { standing, steps, remarks } = fleet.ask({
    within: fleet.nets.around(client ?? ''),
    ...(place === undefined ? {} : { place }),
  });
  const choice = (isOfFamily: (address: string) => boolean) =>
    choiceOf(standing, isOfFamily, host.policy?.affinity);
  return {
    steps: [...fleet.passed.steps, ...steps],
    remarks: [...fleet.passed.remarks, ...remarks],
    a: choice(isIpv4),
    aaaa: choice(isIpv6),
  };
}
