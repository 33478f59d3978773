import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { DecisionRemark, HostDecision } from '#sidecar/model/host-decision.ts';
import type { Verdict } from './conditions.ts';
import { namedText } from './degraded.ts';

const type = 'CoarseClients';

/** The remarks about coarse clients of these hosts. */
export function coarseRemarks(
  hosts: readonly HostView[],
  decision: (host: string) => HostDecision | undefined,
): readonly DecisionRemark[] {
  return hosts.flatMap(({ host }) => decision(host)?.remarks.filter(({ reason }) => reason === type) ?? []);
}

/**
 * A condition of its own, not a flaw: every address works, clients are only spread otherwise than was asked, and that is
 * how some networks are. False only where it was True once, so that nothing is written about the others.
 */
export function coarseClients(
  hosts: readonly HostView[],
  decision: (host: string) => HostDecision | undefined,
  previous: readonly { readonly type?: string }[] | undefined,
): readonly Verdict[] {
  const remarks = coarseRemarks(hosts, decision);
  if (remarks.length > 0)
    return [{ type, status: 'True', reason: 'FewNetworks', message: namedText(remarks) }];
  if (previous?.some((condition) => condition.type === type) !== true) return [];
  const message = 'clients are told apart well enough for what is asked, or there are hardly any';
  return [{ type, status: 'False', reason: 'AsWanted', message }];
}
