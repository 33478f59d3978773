import type { ForeignCluster } from '#core/api/offload/foreign-cluster.ts';
import type { PeeringFacts } from './foreign-cluster-status.ts';

type Modules = NonNullable<NonNullable<ForeignCluster['status']>['modules']>;
type Module = NonNullable<Modules['networking']>;

/** A condition of Liqo's modules before it has a time: `status` is one of Liqo's words, not True or False. */
interface Said {
  readonly type: string;
  readonly status: 'None' | 'Pending' | 'Established' | 'Error' | 'Ready' | 'NotReady';
  readonly reason: string;
  readonly message: string;
}

/**
 * `status.modules` as Liqo's own tools read it, types, words and reasons being those of Liqo v1 (its
 * foreigncluster-controller). Only what there is here is said: no gateway pods by role, no network configuration.
 */
export function modules(
  facts: PeeringFacts,
  words: { readonly networking: string; readonly authentication: string },
  before: Modules | undefined,
  time: string,
): Modules {
  const timed = (enabled: boolean, said: readonly Said[], earlier: Module | undefined): Module => ({
    enabled,
    conditions: said.map((condition) => {
      const known = earlier?.conditions?.find(({ type }) => type === condition.type);
      const same = known?.status === condition.status ? known.lastTransitionTime : undefined;
      return { ...condition, lastTransitionTime: same ?? time };
    }),
  });
  return {
    networking: timed(words.networking !== 'None', networking(facts, words.networking), before?.networking),
    authentication: timed(
      words.authentication !== 'None',
      authentication(facts, words.authentication),
      before?.authentication,
    ),
    offloading: timed(facts.outgoing?.stage === 'peered', offloading(facts), before?.offloading),
  };
}

function networking({ networking: known }: PeeringFacts, word: string): readonly Said[] {
  const type = 'NetworkConnectionStatus';
  if (word === 'None') return [];
  if (known === undefined)
    return [
      { type, status: 'Pending', reason: 'ConnectionPending', message: 'the gateway has not reported yet' },
    ];
  return known.up
    ? [{ type, status: 'Established', reason: 'ConnectionEstablished', message: known.message }]
    : [{ type, status: 'Error', reason: 'ConnectionError', message: known.message }];
}

function authentication({ outgoing, incoming }: PeeringFacts, word: string): readonly Said[] {
  const said: Said[] = [];
  if (outgoing !== undefined && outgoing.stage !== 'departed') {
    // With a provider in the other direction, too, the word is that of this direction.
    const ready = word === 'Established';
    const { message } = outgoing.link?.kind === 'refused' ? outgoing.link : outgoing.invitation;
    said.push({
      type: 'AuthIdentityControlPlaneStatus',
      status: ready ? 'Ready' : 'NotReady',
      reason: ready ? 'IdentityReady' : 'IdentityNotReady',
      message,
    });
  }
  if (incoming !== undefined) {
    const ready = incoming.word === 'Established';
    said.push({
      type: 'AuthTenantStatus',
      status: ready ? 'Ready' : 'NotReady',
      reason: ready ? 'TenantReady' : 'TenantNotReady',
      message: incoming.message,
    });
  }
  return said;
}

/** The virtual node is Ready exactly while the provider answers. */
function offloading({ outgoing }: PeeringFacts): readonly Said[] {
  if (outgoing?.stage !== 'peered') return [];
  const { link, trouble } = outgoing;
  const ready = trouble === undefined && link?.kind === 'connected';
  const message = ready
    ? 'the provider answers, and its virtual node is ready with it'
    : (trouble?.message ??
      (link === undefined || link.kind === 'connected'
        ? 'the provider has not been asked yet'
        : link.message));
  return [
    {
      type: 'OffloadingNodeStatus',
      status: ready ? 'Ready' : 'NotReady',
      reason: ready ? 'NodesReady' : 'NodesNotReady',
      message,
    },
  ];
}
