import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import { askFleet, type Fleet } from './ask-fleet.ts';
import { type Chain, chain, type Passed } from './chain.ts';
import { choiceOf, isIpv4, isIpv6 } from './choice-of.ts';
import { coarseClients } from './coarse-clients.ts';
import { earliest } from './filter.ts';
import type { HostInput } from './host-input.ts';
import { joinNets, joinPlaces } from './join-choices.ts';
import { offered, releasedHoldMs } from './offered.ts';

/** A decision, and what the next one about the host will ask for. */
export interface Decided {
  readonly decision: HostDecision;
  readonly remembered: Remembered;
}

/**
 * Decides what a host answers: the clusters of the fleet go through the chain of filters once for each class of
 * clients that could fare differently, and what comes out is joined into one choice. None left: NODATA, never
 * NXDOMAIN, since the name stands (RFC 8020).
 */
export function decideHost(input: HostInput, filters: Chain = chain): Decided {
  const { host } = input;
  const fleet = askFleet(input, filters);
  const asked = askAll(fleet);
  const a = join(asked, fleet, input, isIpv4);
  const aaaa = join(asked, fleet, input, isIpv6);
  const healthyRecords = [...addressesOf(a), ...addressesOf(aaaa)].sort();
  const { passed, activity } = fleet;
  const { otherwise } = asked;
  const reconsiderAtMs = earliest(passed.reconsiderAtMs, activity.reconsiderAtMs);
  const decision: HostDecision = {
    host: host.host,
    answers: [
      nameAnswers(host.host, a, aaaa, input),
      ...(input.adopted === true ? [] : [localTargets(fleet, input)]),
    ],
    healthyRecords,
    answeringGeoTags: answering(asked, fleet, healthyRecords),
    steps: [...passed.steps, ...otherwise.passed.steps],
    remarks: [
      ...passed.remarks,
      ...otherwise.passed.remarks,
      ...coarseClients(input, [a, aaaa], otherwise.passed.standing),
    ],
    ...(activity.active === undefined ? {} : { active: activity.active }),
    ...(reconsiderAtMs === undefined ? {} : { reconsiderAtMs }),
  };
  return { decision, remembered: remember(decision, otherwise.passed, fleet, input) };
}

/** What came through the chain for the clients of a prefix: those of no place, and those of each class of places. */
interface Row {
  readonly passed: Passed;
  readonly ofPlaces: readonly Passed[];
}

interface Asked {
  readonly otherwise: Row;
  /** By kind of network. */
  readonly kinds: readonly Row[];
}

function askAll({ ask, nets, places }: Fleet): Asked {
  const row = (within: ReadonlySet<string>): Row => ({
    passed: ask({ within }),
    ofPlaces: (places?.classes ?? []).map((place) => ask({ within, place })),
  });
  return {
    otherwise: row(new Set()),
    kinds: nets.kinds.map(row),
  };
}

function join(
  { otherwise, kinds }: Asked,
  { places, nets }: Fleet,
  { host }: HostInput,
  isOfFamily: (address: string) => boolean,
): Choice {
  const simple = ({ standing }: Passed) => choiceOf(standing, isOfFamily, host.policy?.affinity);
  const choice = ({ passed, ofPlaces }: Row) => joinPlaces(places, ofPlaces.map(simple), simple(passed));
  return joinNets(nets.nets, kinds.map(choice), choice(otherwise));
}

function answering({ otherwise, kinds }: Asked, { candidates }: Fleet, records: readonly string[]): string[] {
  if (otherwise.passed.standing.instead !== undefined) {
    const answered = new Set(records);
    return candidates
      .filter(({ known }) => known.some((one) => answered.has(one)))
      .map(({ geoTag }) => geoTag);
  }
  const rows = [otherwise, ...kinds].flatMap(({ passed, ofPlaces }) => [passed, ...ofPlaces]);
  return [...new Set(rows.flatMap(({ standing }) => standing.clusters.map(({ geoTag }) => geoTag)))].sort();
}

/** k8gb's contract with its peers: a cluster shows the others its own addresses under this name. */
function localTargets(fleet: Fleet, input: HostInput): NameAnswers {
  const clusters = offered(fleet, input);
  const choice = (isOfFamily: (address: string) => boolean) =>
    choiceOf({ clusters, pick: 'all' }, isOfFamily, undefined);
  // A wildcard's too: without a name of its own, the question for it would be answered by the wildcard itself, with
  // the addresses of those who ask (the asterisk of `localtargets-*` is no wildcard, RFC 4592 §2.1.1).
  return nameAnswers(`localtargets-${input.host.host}`, choice(isIpv4), choice(isIpv6), input);
}

function nameAnswers(name: string, a: Choice, aaaa: Choice, { host, zone }: HostInput): NameAnswers {
  // As long as no check that is under way can change the answer.
  const soonest = Math.floor(host.mayChangeInSeconds ?? host.ttlSeconds);
  const ttlSeconds = Math.min(Math.max(soonest, 5), host.ttlSeconds);
  const negativeTtlSeconds = Math.min(ttlSeconds, zone.negativeTtlSeconds);
  return { name, zone: zone.name, a, aaaa, ttlSeconds, negativeTtlSeconds };
}

function remember(decision: HostDecision, passed: Passed, fleet: Fleet, input: HostInput): Remembered {
  const { active, readyAgainMs, unheardSinceMs } = fleet.activity;
  const good = passed.standing.instead === undefined && decision.healthyRecords.length > 0;
  const lastGood = good ? decision.healthyRecords : input.before.lastGood;
  const released = releasedHoldMs(fleet, input);
  return {
    ...(active === undefined ? {} : { active }),
    ...(lastGood === undefined ? {} : { lastGood }),
    ...(readyAgainMs === undefined ? {} : { readyAgainMs }),
    ...(unheardSinceMs === undefined ? {} : { unheardSinceMs }),
    ...(released === undefined ? {} : { releasedHoldMs: released }),
  };
}
