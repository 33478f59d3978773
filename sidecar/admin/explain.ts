import { adminApiVersion, type Explanation } from '#core/admin/schema.ts';
import { timeText } from '#core/api/time-text.ts';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import type { DecisionRemark, FilterStep, HostDecision } from '#sidecar/model/host-decision.ts';
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
  /** What peers want of a host that only they have; undefined: they say no more of it than addresses. */
  readonly adopted?: (host: string) => HostView | undefined;
  /** The chain as it runs now for this client (undefined: any); undefined: nobody has the host. */
  readonly run?: (host: string, client: string | undefined) => ChainRun | undefined;
  /** Bits of the client's address that its answer depends on. Absent: that is not told. */
  readonly scopeBits?: (answers: NameAnswers, client: string) => number;
}

/** What the chain leaves for one client, and why. */
export interface ChainRun {
  readonly steps: readonly FilterStep[];
  readonly remarks: readonly DecisionRemark[];
  readonly a: Choice;
  readonly aaaa: Choice;
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
  const served = view.hosts.get(host) ?? input.adopted?.(host) ?? hostThatAnswers(host, view.hosts);
  if (served === undefined) return { ...asked, notServed: whyNot(host, input) };
  const decision = input.decision(served.host);
  if (decision === undefined)
    return { ...asked, notServed: `nothing is decided about ${served.host} yet; ask again in a moment` };
  return { ...asked, decided: decided(served, decision, input) };
}

function decided(
  served: HostView,
  decision: HostDecision,
  { client, view, peers, run, scopeBits }: ExplainInput,
): NonNullable<Explanation['decided']> {
  const answers = decision.answers.find(({ name }) => name === served.host);
  const own = client === undefined ? undefined : run?.(served.host, client);
  const { steps, remarks } = own ?? decision;
  const known = [...peers];
  const answeringGeoTags = own === undefined ? decision.answeringGeoTags : left(view.geoTag, known, steps);
  const scope = client === undefined || answers === undefined ? undefined : scopeBits?.(answers, client);
  return {
    name: served.host,
    zone: served.zone,
    gslb: served.gslb,
    ...(served.policy !== undefined && {
      policy: `${served.policy.reference.namespace}/${served.policy.reference.name}`,
    }),
    strategy: served.strategy,
    health: served.health,
    members: membersOf(view.geoTag, served, known, { steps, answeringGeoTags }),
    steps,
    remarks: own === undefined ? remarks : [...remarks, ...decision.remarks.filter(ofAllClients)],
    ...stateOf(served, decision),
    ...(decision.reconsiderAtMs !== undefined && { reconsiderAt: timeText(decision.reconsiderAtMs) }),
    answer: answerOf(answeringGeoTags, own ?? answers, answers, scope),
    ttl: ttlOf(served, answers),
  };
}

/** What a run for one client cannot say. */
const ofAllClients = ({ reason }: DecisionRemark): boolean => reason === 'CoarseClients';

/** The clusters that no step removed. */
const left = (
  geoTag: string,
  peers: readonly PeerView[],
  steps: readonly FilterStep[],
): readonly string[] => {
  const out = new Set(steps.flatMap(({ removed }) => removed.map((each) => each.geoTag)));
  return [geoTag, ...peers.map((peer) => peer.geoTag)].filter((each) => !out.has(each)).sort();
};

function answerOf(
  clusters: readonly string[],
  choices: Choices | undefined,
  forAll: Choices | undefined,
  scopeBits: number | undefined,
): NonNullable<Explanation['decided']>['answer'] {
  const both = pair(choices);
  const varies = both.map(variesBy);
  const shares = both.flatMap((choice) =>
    choice.kind === 'weighted'
      ? choice.among.map(({ weight, choice: leaf }) => ({ weight, addresses: leaf.addresses }))
      : [],
  );
  const byClient = varies.includes('client');
  const dependsOn = dependencies(pair(forAll));
  return {
    clusters,
    addresses: [...new Set(both.flatMap((choice) => addressesOf(choice)))],
    varies: byClient ? 'client' : varies.includes('draw') ? 'draw' : 'no',
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(shares.length > 0 && { shares }),
    // What depends on nobody has the widest scope; of what does, only the walk for one client knows.
    ...(scopeBits !== undefined ? { scopeBits } : !pair(forAll).some(isByClient) && { scopeBits: 0 }),
  };
}

interface Choices {
  readonly a: Choice;
  readonly aaaa: Choice;
}

const pair = (choices: Choices | undefined): readonly Choice[] =>
  choices === undefined ? [] : [choices.a, choices.aaaa];

const isByClient = (choice: Choice): boolean => variesBy(choice) === 'client';

function variesBy({ kind }: Choice): 'no' | 'draw' | 'client' {
  if (kind === 'fixed' || kind === 'rotate') return 'no';
  return kind === 'weighted' ? 'draw' : 'client';
}

type Dependency = NonNullable<NonNullable<Explanation['decided']>['answer']['dependsOn']>[number];

const dependencyOf = { byNet: 'network', byPlace: 'place', byHash: 'hash', weighted: 'draw' } as const;

/** On what some client's answer depends, the coarsest first. */
function dependencies(choices: readonly Choice[]): readonly Dependency[] {
  const found = new Set<Dependency>();
  const walk = (choice: Choice): void => {
    if (choice.kind === 'fixed' || choice.kind === 'rotate') return;
    found.add(dependencyOf[choice.kind]);
    if (choice.kind === 'byNet' || choice.kind === 'byPlace') choice.choices.forEach(walk);
  };
  choices.forEach(walk);
  return Object.values(dependencyOf).filter((each) => found.has(each));
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

function whyNot(host: string, { view: { zones, gslbs }, peers }: ExplainInput): string {
  const zone = zones.find(({ name }) => host === name || host.endsWith(`.${name}`));
  const names = zones.map(({ name }) => name).join(', ') || 'none';
  if (zone === undefined)
    return `${host} is in no zone that is served here (${names}); a ZoneDelegation adds one`;
  const refused = [...gslbs.values()].find(
    ({ acceptance, warnings }) =>
      (!acceptance.accepted && isNamed(host, acceptance.message)) ||
      warnings.some(({ message }) => isNamed(host, message)),
  );
  if (refused === undefined)
    return `no Gslb of this cluster has the host ${host}, so it is not answered here${elsewhere(host, peers)}`;
  const { namespace, name } = refused.reference;
  const said = [...(refused.acceptance.accepted ? [] : [refused.acceptance]), ...refused.warnings].find(
    ({ message }) => isNamed(host, message),
  );
  return `Gslb ${namespace}/${name} is not served for it: ${said?.reason}: ${said?.message}`;
}

/** Peers are asked for the hosts of this cluster alone, so that most often nothing is known of others. */
function elsewhere(host: string, peers: Iterable<PeerView>): string {
  const have = [...peers]
    .filter(({ hosts, records }) => hosts.has(host) || records?.has(host) === true)
    .map(({ geoTag }) => geoTag)
    .sort();
  const who =
    have.length > 0
      ? `, though ${have.join(', ')} ${have.length > 1 ? 'have' : 'has'} it`
      : `; clusters are asked only for hosts of this one, so who else has it is not known here: kubectl gslb explain ${host} --all-contexts asks them`;
  return `${who}; a Gslb of the same namespace and name here makes this cluster answer it too`;
}

/** Whether a sentence names the host as a word of its own. */
const isNamed = (host: string, sentence: string): boolean =>
  sentence.split(/[^a-z0-9.*_-]+/i).some((word) => word.replace(/\.$/, '').toLowerCase() === host);
