import type { Node } from '#core/api/kubernetes.ts';
import type { ForeignCluster } from '#core/api/offload/foreign-cluster.ts';

/** One step of a peering, as liqoctl words it where it has a line for it. */
interface Step {
  readonly said: string;
  readonly met: boolean;
  /** What is the matter while it is not met. */
  readonly cause: string;
}

/** Where a peering stands. */
export interface PeeringProgress {
  /** Lines of the steps that are met, up to the first that is not. */
  readonly met: readonly string[];
  /** Of the first step that is not met; undefined when all are. */
  readonly waiting: string | undefined;
  /** Set when waiting is of no use: the invitation was refused. */
  readonly refusal: { readonly reason: string; readonly message: string } | undefined;
}

/** Reads a ForeignCluster and the node of its virtual node; either may not be there yet. */
export function peeringProgress(
  name: string,
  cluster: ForeignCluster | undefined,
  node: Node | undefined,
): PeeringProgress {
  const all = steps(name, cluster, node);
  const first = all.findIndex(({ met }) => !met);
  const open = all[first];
  return {
    // In order, whatever came first: a node may be there since an earlier peering.
    met: (first === -1 ? all : all.slice(0, first)).map(({ said }) => said),
    waiting: open?.cause,
    refusal: refusalOf(cluster),
  };
}

/** Whether nothing is left to do: an outgoing peering stands and works. */
export function isPeered(cluster: ForeignCluster | undefined): boolean {
  return (
    cluster?.status?.outgoingPeering === 'Established' && conditionOf(cluster, 'Ready')?.status === 'True'
  );
}

function steps(name: string, cluster: ForeignCluster | undefined, node: Node | undefined): readonly Step[] {
  const condition = (type: string, said: string): Step => {
    const found = conditionOf(cluster, type);
    const { reason = 'NothingSaid', message = 'does offload-agent run here?' } = found ?? {};
    return {
      said,
      met: found?.status === 'True',
      cause:
        cluster === undefined
          ? `there is no ForeignCluster ${name} yet; does offload-agent run here?`
          : `ForeignCluster ${name} is not ${type} (${reason}: ${message})`,
    };
  };
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  return [
    condition('InvitationAccepted', `Authenticated to cluster "${name}"`),
    condition('APIServerReady', `Outgoing peering activated to the remote cluster "${name}"`),
    {
      said: `Node created for remote cluster "${name}"`,
      met: ready?.status === 'True',
      cause: node === undefined ? `there is no node liqo-${name} yet` : `node liqo-${name} is not Ready`,
    },
    condition('NetworkReady', `Network established to the remote cluster "${name}"`),
    condition('Ready', 'Peering successfully established'),
  ];
}

function refusalOf(cluster: ForeignCluster | undefined): PeeringProgress['refusal'] {
  if (cluster?.status?.phase !== 'Refused') return undefined;
  const found = conditionOf(cluster, 'InvitationAccepted');
  if (found?.status !== 'False') return undefined;
  return { reason: found.reason ?? 'Refused', message: found.message ?? 'no reason is given' };
}

function conditionOf(cluster: ForeignCluster | undefined, type: string) {
  return cluster?.status?.conditions?.find((each) => each.type === type);
}
