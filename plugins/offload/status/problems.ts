import { names, virtualNodeName } from '#plugins/offload/cluster/names.ts';
import type { Peering } from '#plugins/offload/cluster/peerings.ts';
import { unavailable } from '#plugins/offload/install/unavailable.ts';
import { failures } from '#plugins/offload/namespace/outcome.ts';
import { isOutgoing, isReady } from './conclude.ts';
import type { OffloadFacts, Problem } from './facts.ts';

/** What is unhealthy: agent and gateway, then each peering, then namespaces. */
export function problemsOf(facts: OffloadFacts): readonly Problem[] {
  return [
    ...workloadProblems(facts),
    ...facts.peerings.flatMap((peering) => peeringProblems(peering, facts)),
    ...facts.offloadings.flatMap((object) =>
      failures(object).map(({ cluster, reason, message }) => ({
        subject: `namespace ${object.metadata.namespace} at ${cluster}`,
        reason,
        message,
        hint: `kubectl get namespaceoffloadings -n ${object.metadata.namespace} ${names.offloading} -o yaml`,
      })),
    ),
  ];
}

function workloadProblems({ agent, gateway }: OffloadFacts): readonly Problem[] {
  return (
    [
      [names.agent, agent],
      [names.gateway, gateway],
    ] as const
  ).flatMap(([name, deployment]) => {
    const message = deployment === undefined ? 'it does not exist' : unavailable(deployment);
    if (message === undefined) return [];
    const hint =
      deployment === undefined
        ? 'kubectl offload install'
        : `kubectl describe pods -n ${names.system} -l app.kubernetes.io/name=${name}`;
    return [{ subject: `Deployment ${name}`, reason: 'Unavailable', message, hint }];
  });
}

function peeringProblems(peering: Peering, { virtualNodes }: OffloadFacts): readonly Problem[] {
  const { clusterID, foreignCluster } = peering;
  const hint = `kubectl get foreignclusters ${clusterID} -o yaml; kubectl logs -n ${names.system} deploy/${names.agent}`;
  const subject = `cluster ${clusterID}`;
  if (foreignCluster?.status === undefined)
    return [{ subject, reason: 'NotReported', message: 'the agent has not reported on it', hint }];
  const bad = (foreignCluster.status.conditions ?? []).filter(
    ({ type, status }) => status !== 'True' && type !== 'Ready',
  );
  const ready = (foreignCluster.status.conditions ?? []).find(({ type }) => type === 'Ready');
  const told = bad.length > 0 || ready === undefined || ready.status === 'True' ? bad : [ready];
  const node = virtualNodes.find(({ metadata }) => metadata.name === virtualNodeName(clusterID));
  const departed = foreignCluster.status.phase === 'Departed';
  return [
    ...told.map(({ type, reason, message }) => ({
      subject,
      reason: `${type}: ${reason ?? 'Unknown'}`,
      message: message ?? 'no message',
      hint,
    })),
    ...(isOutgoing(peering) && !departed && (node === undefined || !isReady(node))
      ? [
          {
            subject,
            reason: 'NodeNotReady',
            message: `node ${virtualNodeName(clusterID)} is ${node === undefined ? 'not there' : 'not Ready'}`,
            hint: `kubectl describe node ${virtualNodeName(clusterID)}`,
          },
        ]
      : []),
  ];
}
