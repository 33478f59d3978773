import { type Activity, nextActive } from './active.ts';
import { type Candidate, candidatesOf } from './candidate.ts';
import { type Chain, forAllClients, forOneClient, type Passed, passThrough } from './chain.ts';
import { type ClientNets, clientNets } from './client-nets.ts';
import { type ClientPlaces, clientPlaces } from './client-places.ts';
import type { Client, Setting } from './filter.ts';
import type { HostInput } from './host-input.ts';

/** What is settled for a host before one looks at the client, and how to ask for one. */
export interface Fleet {
  readonly candidates: readonly Candidate[];
  /** What the filters left that do not look at the client. */
  readonly passed: Passed;
  /** Failover; else empty. */
  readonly activity: Activity;
  readonly nets: ClientNets;
  /** Absent: the answer does not depend on the client's place. */
  readonly places?: ClientPlaces;
  /** Sends what is left through the rest of the chain. */
  readonly ask: (client: Client) => Passed;
}

/** Asks the part of the chain that is the same for all clients. */
export function askFleet(input: HostInput, filters: Chain): Fleet {
  const { host, places } = input;
  const candidates = candidatesOf(input);
  const setting: Setting = { input, client: { within: new Set() } };
  const passed = passThrough(filters, forAllClients, { clusters: candidates, pick: 'all' }, setting);
  const whyNot = new Map(
    passed.steps.flatMap((step) => step.removed.map(({ geoTag, why }) => [geoTag, why])),
  );
  const activity =
    host.strategy.type === 'failover' ? nextActive(passed.standing.clusters, whyNot, input) : {};
  return {
    candidates,
    passed,
    activity,
    nets: clientNets(host),
    ...(host.strategy.type === 'geoip' && places !== undefined
      ? { places: clientPlaces(places, candidates) }
      : {}),
    ask: (client) => passThrough(filters, forOneClient, passed.standing, { input, client, activity }),
  };
}
