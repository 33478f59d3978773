import { adminApiVersion, type Explanation } from '#core/admin/schema.ts';
import { timeText } from '#core/api/time-text.ts';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import type { FilterStep, HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import { hostThatAnswers } from './host-that-answers.ts';
import { membersOf, stateOf } from './parts.ts';

/** What an explanation is made from. */
export interface ExplainInput {
  /** Lower-case, no trailing dot. */
  readonly host: string;
  /** IP address; undefined: any client. */
  readonly client: string | undefined;
  readonly view: ClusterView;
  readonly peers: Iterable<PeerView>;
  readonly decision: (host: string) => HostDecision | undefined;
  /** What one client gets of a host; undefined where that is not known. Absent: what all clients get is told. */
  readonly forClient?: (host: string, client: string) => ClientAnswer | undefined;
}

/** What is decided for one client. */
export interface ClientAnswer {
  /** The chain as it ran for this client. */
  readonly steps: readonly FilterStep[];
  readonly answeringGeoTags: readonly string[];
  /** What is left to chance: leaves, or sets of which one is drawn. */
  readonly a: Choice;
  readonly aaaa: Choice;
  /** Bits of the client's address that the answer depends on. */
  readonly scopeBits: number;
}

/** What `GET /explain` says. */
export function explain(input: ExplainInput): Explanation {
  const { host, client, view } = input;
  const asked = {
    apiVersion: adminApiVersion,
    kind: 'Explanation',
    geoTag: view.geoTag,
    host,
    ...(client !== undefined && { client }),
  } as const;
  const served = hostThatAnswers(host, view.hosts);
  if (served === undefined) return { ...asked, notServed: whyNot(host, view) };
  const decision = input.decision(served.host);
  if (decision === undefined)
    return { ...asked, notServed: `nothing is decided about ${served.host} yet; ask again in a moment` };
  return { ...asked, decided: decided(served, decision, input) };
}

function decided(
  served: HostView,
  decision: HostDecision,
  { client, view, peers, forClient }: ExplainInput,
): NonNullable<Explanation['decided']> {
  const answers = decision.answers.find(({ name }) => name === served.host);
  const own = client === undefined ? undefined : forClient?.(served.host, client);
  const chain = own ?? decision;
  return {
    name: served.host,
    zone: served.zone,
    gslb: served.gslb,
    ...(served.policy !== undefined && {
      policy: `${served.policy.reference.namespace}/${served.policy.reference.name}`,
    }),
    strategy: served.strategy,
    health: served.health,
    members: membersOf(view.geoTag, served, [...peers], chain),
    steps: chain.steps,
    remarks: decision.remarks,
    ...stateOf(served, decision),
    ...(decision.reconsiderAtMs !== undefined && { reconsiderAt: timeText(decision.reconsiderAtMs) }),
    answer: answerOf(chain.answeringGeoTags, own ?? answers, own?.scopeBits),
    ttl: ttlOf(served, answers),
  };
}

function answerOf(
  clusters: readonly string[],
  choices: { readonly a: Choice; readonly aaaa: Choice } | undefined,
  scopeBits: number | undefined,
): NonNullable<Explanation['decided']>['answer'] {
  const both = choices === undefined ? [] : [choices.a, choices.aaaa];
  const varies = both.map(variesBy);
  const shares = both.flatMap((choice) =>
    choice.kind === 'weighted'
      ? choice.among.map(({ weight, choice: leaf }) => ({ weight, addresses: leaf.addresses }))
      : [],
  );
  const byClient = varies.includes('client');
  return {
    clusters,
    addresses: [...new Set(both.flatMap((choice) => addressesOf(choice)))],
    varies: byClient ? 'client' : varies.includes('draw') ? 'draw' : 'no',
    ...(shares.length > 0 && { shares }),
    // What depends on nobody has the widest scope; of what does, only the walk for one client knows.
    ...(scopeBits !== undefined ? { scopeBits } : !byClient && { scopeBits: 0 }),
  };
}

function variesBy({ kind }: Choice): 'no' | 'draw' | 'client' {
  if (kind === 'fixed' || kind === 'rotate') return 'no';
  return kind === 'weighted' ? 'draw' : 'client';
}

function ttlOf(
  { ttlSeconds, mayChangeInSeconds }: HostView,
  answers: NameAnswers | undefined,
): NonNullable<Explanation['decided']>['ttl'] {
  const seconds = answers?.ttlSeconds ?? ttlSeconds;
  const sooner = mayChangeInSeconds === undefined ? '' : ` in ${mayChangeInSeconds} s`;
  return {
    seconds,
    negativeSeconds: answers?.negativeTtlSeconds ?? ttlSeconds,
    cause:
      seconds === ttlSeconds
        ? 'as the Gslb has it'
        : `the Gslb has ${ttlSeconds} s, but a check that is under way may change the answer${sooner}`,
  };
}

function whyNot(host: string, { zones, gslbs }: ClusterView): string {
  const zone = zones.find(({ name }) => host === name || host.endsWith(`.${name}`));
  const names = zones.map(({ name }) => name).join(', ') || 'none';
  if (zone === undefined)
    return `${host} is in no zone that is served here (${names}); a ZoneDelegation adds one`;
  const refused = [...gslbs.values()].find(
    ({ acceptance, warnings }) =>
      (!acceptance.accepted && isNamed(host, acceptance.message)) ||
      warnings.some(({ message }) => isNamed(host, message)),
  );
  if (refused === undefined) return `no Gslb of this cluster has the host ${host}`;
  const { namespace, name } = refused.reference;
  const said = [...(refused.acceptance.accepted ? [] : [refused.acceptance]), ...refused.warnings].find(
    ({ message }) => isNamed(host, message),
  );
  return `Gslb ${namespace}/${name} is not served for it: ${said?.reason}: ${said?.message}`;
}

/** Whether a sentence names the host as a word of its own. */
const isNamed = (host: string, sentence: string): boolean =>
  sentence.split(/[^a-z0-9.*_-]+/i).some((word) => word.replace(/\.$/, '').toLowerCase() === host);
