import type { ClusterFacts } from './facts.ts';
import type { HostStatus, Problem } from './model.ts';
import { peersOf } from './peers.ts';

/** What makes the shown hosts of one cluster unhealthy: each host's worst fault, then peers that do not answer. */
export function problemsOf(facts: ClusterFacts, shown: readonly HostStatus[]): readonly Problem[] {
  return [...shown.flatMap(hostProblem), ...(shown.length > 0 ? peerProblems(facts) : [])];
}

function hostProblem(status: HostStatus): readonly Problem[] {
  const { context, namespace, gslb, host, health } = status;
  const subject = host ?? `gslb/${gslb.name}`;
  const here = status.geoTag ?? context;
  const problem = (code: Problem['code'], what: string): readonly Problem[] => [
    { code, context, namespace, subject, message: `${subject} ${what}` },
  ];
  if (health.state === 'Refused')
    return problem('refused', `is refused in ${here}: ${health.reason}: ${health.message}`);
  if (health.state === 'Pending')
    return problem('pending', `has not been reported on by a sidecar in ${here}`);
  if (status.answer.length === 0)
    return problem('noAnswer', `has no answer in ${here}: no cluster has a healthy address`);
  if (health.state === 'Unhealthy')
    return problem('unhealthy', `is unhealthy in ${here}: its Services have no ready endpoint`);
  if (health.state === 'NotFound')
    return problem('unhealthy', `is unhealthy in ${here}: a Service behind it does not exist`);
  return [];
}

const peerSentences = {
  silent: 'is silent: its addresses are withdrawn',
  refusing: 'answers with errors: its last known addresses are kept',
  unknown: 'has never answered',
} as const;

function peerProblems({ context, sidecar }: ClusterFacts): readonly Problem[] {
  if (sidecar.kind !== 'reached') return [];
  return peersOf(sidecar.hosts).flatMap(({ geoTag, state }) =>
    state === 'answering'
      ? []
      : [
          {
            code: 'peer' as const,
            context,
            subject: geoTag,
            message: `cluster ${geoTag} ${peerSentences[state]} (seen from ${sidecar.hosts.geoTag})`,
          },
        ],
  );
}
