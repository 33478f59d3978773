import type { LinkState } from '#agent/model/provider-link.ts';
import type { ForeignCluster } from '#core/api/offload/foreign-cluster.ts';
import { modules } from './foreign-cluster-modules.ts';

/** A condition before it has a time. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  /** What is so, who says it, and what to do. */
  readonly message: string;
}

/** How the other cluster serves us. */
export interface OutgoingFacts {
  readonly stage: 'redeeming' | 'refused' | 'peered' | 'leaving' | 'departed';
  readonly invitation: Finding;
  /** Undefined until it is known. */
  readonly link?: LinkState;
  /** Of this cluster, that keeps an accepted peering from working. */
  readonly trouble?: Finding;
  readonly apiServerUrl?: string;
  readonly remoteTenantNamespace?: string;
}

/** How the other cluster consumes this one; told by whoever keeps Tenants. */
export interface IncomingFacts {
  readonly tenantNamespace: string;
  readonly word: 'Pending' | 'Established' | 'Error';
  readonly reason: string;
  readonly message: string;
}

/** Whether streams between the gateways can be opened. */
export interface NetworkingFacts {
  readonly up: boolean;
  readonly message: string;
}

export interface PeeringFacts {
  readonly outgoing?: OutgoingFacts | undefined;
  readonly incoming?: IncomingFacts | undefined;
  readonly networking?: NetworkingFacts | undefined;
}

type Status = NonNullable<ForeignCluster['status']>;
type Word = 'None' | 'Pending' | 'Established' | 'Error' | 'Departed';

/** The whole status of a ForeignCluster. Times of conditions that say the same as `before` are kept. */
export function foreignClusterStatus(
  facts: PeeringFacts,
  about: { readonly tenantNamespace: string; readonly generation: number; readonly now: Date },
  before: Status | undefined,
): Status {
  const { outgoing, incoming } = facts;
  const time = about.now.toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = Object.entries(findings(facts)).map(([type, finding]) => {
    const earlier = before?.conditions?.find((each) => each.type === type);
    const same = earlier?.status === finding.status ? earlier.lastTransitionTime : undefined;
    return { type, ...finding, lastTransitionTime: same ?? time };
  });
  const authentication = authenticationWord(facts);
  return {
    observedGeneration: about.generation,
    role:
      outgoing && incoming
        ? 'ConsumerAndProvider'
        : outgoing
          ? 'Provider'
          : incoming
            ? 'Consumer'
            : 'Unknown',
    phase: phaseOf(facts),
    outgoingPeering: outgoingWord(outgoing),
    incomingPeering: incoming?.word ?? 'None',
    networking: networkingWord(facts),
    authentication,
    modules: modules(facts, { authentication, networking: networkingWord(facts) }, before?.modules, time),
    ...(outgoing?.apiServerUrl === undefined ? {} : { apiServerUrl: outgoing.apiServerUrl }),
    tenantNamespace: {
      ...(outgoing
        ? {
            local: about.tenantNamespace,
            ...(outgoing.remoteTenantNamespace === undefined
              ? {}
              : { remote: outgoing.remoteTenantNamespace }),
          }
        : incoming
          ? { local: incoming.tenantNamespace }
          : {}),
      ...(incoming ? { incoming: incoming.tenantNamespace } : {}),
    },
    conditions,
  };
}

/** Incoming and networking facts as an earlier run wrote them: what stands until those that know have spoken. */
export function rememberedFacts(status: Status | undefined): Pick<PeeringFacts, 'incoming' | 'networking'> {
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  const word = status?.incomingPeering;
  const tenantNamespace = status?.tenantNamespace?.['incoming'];
  const incoming = condition('IncomingAccepted');
  const network = condition('NetworkReady');
  return {
    incoming:
      tenantNamespace !== undefined && (word === 'Pending' || word === 'Established' || word === 'Error')
        ? { tenantNamespace, word, reason: incoming?.reason ?? word, message: incoming?.message ?? '' }
        : undefined,
    networking:
      network?.status === 'True' || network?.status === 'False'
        ? { up: network.status === 'True', message: network.message ?? '' }
        : undefined,
  };
}

function findings({ outgoing, incoming, networking }: PeeringFacts): Readonly<Record<string, Finding>> {
  const server = outgoing && serverFinding(outgoing);
  const accepted: Finding | undefined = incoming && {
    status: incoming.word === 'Established' ? 'True' : incoming.word === 'Error' ? 'False' : 'Unknown',
    reason: incoming.reason,
    message: incoming.message,
  };
  return {
    ...(outgoing ? { InvitationAccepted: outgoing.invitation } : {}),
    ...(server ? { APIServerReady: server } : {}),
    ...(accepted ? { IncomingAccepted: accepted } : {}),
    NetworkReady: networkFinding(networking),
    Ready: readyFinding(outgoing, server, accepted),
  };
}

function readyFinding(
  outgoing: OutgoingFacts | undefined,
  server: Finding | undefined,
  accepted: Finding | undefined,
): Finding {
  if (outgoing === undefined || server === undefined)
    return (
      accepted ?? { status: 'False', reason: 'NoPeering', message: 'there is no peering with this cluster' }
    );
  if (outgoing.stage === 'leaving')
    return { status: 'False', reason: 'Leaving', message: 'this cluster is leaving the provider' };
  if (outgoing.stage === 'departed')
    return { status: 'False', reason: 'Departed', message: outgoing.invitation.message };
  if (outgoing.stage !== 'peered') return { ...outgoing.invitation, status: 'False' };
  if (outgoing.trouble !== undefined) return outgoing.trouble;
  if (server.status !== 'True') return { ...server, status: 'False' };
  return {
    status: 'True',
    reason: 'Peered',
    message: 'the provider is there and grants what its claim says',
  };
}

function serverFinding({ stage, invitation, link }: OutgoingFacts): Finding {
  if (link?.kind === 'connected')
    return { status: 'True', reason: 'Connected', message: "the provider's API server answers us" };
  if (link?.kind === 'unreachable')
    return {
      status: 'False',
      reason: 'ProviderUnreachable',
      message: `${link.message}. It is tried again; see whether the provider's API server runs and the way to it is open.`,
    };
  if (link?.kind === 'refused')
    return {
      status: 'False',
      reason: 'ProviderRefused',
      message: `${link.message}. The provider does not know us any longer: peer anew with a new invitation, or end it here: kubectl offload unpeer`,
    };
  if (invitation.reason === 'ProviderUnreachable' || stage === 'departed')
    return { status: 'False', reason: invitation.reason, message: invitation.message };
  return {
    status: 'Unknown',
    reason: 'NotAsked',
    message: "the provider's API server has not been asked as its tenant",
  };
}

function networkFinding(networking: NetworkingFacts | undefined): Finding {
  if (networking === undefined)
    return { status: 'Unknown', reason: 'NotReported', message: 'the gateway has not reported on this peer' };
  const { up, message } = networking;
  return { status: up ? 'True' : 'False', reason: up ? 'Connected' : 'GatewayUnreachable', message };
}

function phaseOf({ outgoing, incoming }: PeeringFacts): NonNullable<Status['phase']> {
  switch (outgoing?.stage) {
    case undefined:
      return incoming?.word === 'Established'
        ? 'Established'
        : incoming?.word === 'Error'
          ? 'Refused'
          : 'Pending';
    case 'redeeming':
      return 'Pending';
    case 'refused':
      return 'Refused';
    case 'leaving':
      return 'Leaving';
    case 'departed':
      return 'Departed';
    case 'peered':
      if (outgoing?.trouble !== undefined || outgoing?.link === undefined) return 'Pending';
      return { connected: 'Established', unreachable: 'Unreachable', refused: 'Refused' }[
        outgoing.link.kind
      ] as 'Established' | 'Unreachable' | 'Refused';
  }
}

function outgoingWord(outgoing: OutgoingFacts | undefined): Word {
  switch (outgoing?.stage) {
    case undefined:
      return 'None';
    case 'redeeming':
    case 'leaving':
      return 'Pending';
    case 'refused':
      return 'Error';
    case 'departed':
      return 'Departed';
    case 'peered':
      if (outgoing?.trouble !== undefined || outgoing?.link === undefined) return 'Pending';
      return outgoing.link.kind === 'connected' ? 'Established' : 'Error';
  }
}

function networkingWord({ outgoing, incoming, networking }: PeeringFacts): Word {
  if (networking !== undefined) return networking.up ? 'Established' : 'Error';
  return outgoing?.stage === 'peered' || incoming !== undefined ? 'Pending' : 'None';
}

function authenticationWord({ outgoing, incoming }: PeeringFacts): Word {
  switch (outgoing?.stage) {
    case undefined:
    case 'departed':
      return incoming?.word ?? 'None';
    case 'redeeming':
      return 'Pending';
    case 'refused':
      return 'Error';
    default:
      return outgoing?.link?.kind === 'refused'
        ? 'Error'
        : outgoing?.link === undefined
          ? 'Pending'
          : 'Established';
  }
}
