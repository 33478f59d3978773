import { isDeepStrictEqual } from 'node:util';
import type { AnswersPatch, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { ClusterView } from '#sidecar/model/cluster-view.ts';
import { type Delegation, delegationTtlSeconds } from '#sidecar/model/delegation.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { adopt } from './adopt.ts';
import { createAgenda } from './agenda.ts';
import { decideHost } from './decide-host.ts';
import { type Explained, explainHost } from './explain-host.ts';
import type { HostInput } from './host-input.ts';
import { createMoves } from './moves.ts';

/** What is known when something changed. */
export interface PlannerInput {
  readonly view: ClusterView;
  readonly peers: readonly PeerView[];
  /** Undefined: none is loaded. */
  readonly places: PlaceDatabase | undefined;
  /** Why none is, in sentences with the remedy. */
  readonly whyNoPlaces?: string | undefined;
  /** Whether the clients of a host are seen as a few networks. When that changes, the host must be named. Default: none's are. */
  readonly coarseClients?: (host: string) => boolean;
  /** By zone name; a zone without one has our own name server alone. */
  readonly delegations: ReadonlyMap<string, Delegation>;
  /** Our own name server's name in a zone. */
  readonly ownNameServer: (zone: Zone) => string;
  /** ms since 1970. SOA serials are its seconds (RFC 1982); a second change within one second gets the next. */
  readonly nowMs: number;
}

/** A patch for the DNS server, and the decisions that differ from the last ones. */
export interface Planned {
  readonly patch: AnswersPatch;
  /** Undefined: the host is gone. */
  readonly decisions: ReadonlyMap<string, HostDecision | undefined>;
  /** Hosts that are touched as well, too many to be planned in one go: they are to be named soon. */
  readonly others: ReadonlySet<string>;
}

/** Hosts that nobody named are planned with the others up to so many. */
const mostUnnamed = 50;

/** Keeps the last decisions, and plans again only what was touched. */
export interface Planner {
  /**
   * Plans these hosts, and those that are touched by what else is different from the last time: overrides and places of
   * clusters, the place database, zones; where those are too many it tells which. What a peer says of its hosts, and
   * hosts of the view, must be named.
   */
  plan(hosts: Iterable<string>, input: PlannerInput): Planned;
  /** Takes the hosts whose decisions time alone changes by now; they are to be planned. */
  reconsider(nowMs: number): readonly string[];
  /** When that is next, ms since 1970; undefined: never, unless something else changes. */
  nextReconsiderMs(): number | undefined;
  /** What was known of a host before a restart. Counts until the host is decided here. */
  remember(host: string, remembered: Remembered): void;
  /** What a host is remembered by after a restart. */
  remembered(host: string): Remembered | undefined;
  decision(host: string): HostDecision | undefined;
  decisions(): Iterable<HostDecision>;
  /** Why a client would get what it would get now; undefined for a host that nobody has. */
  explain(host: string, input: PlannerInput, client?: string): Explained | undefined;
}

export function createPlanner(): Planner {
  const last = new Map<string, HostDecision>();
  const memory = new Map<string, Remembered>();
  const agenda = createAgenda();
  const moves = createMoves();
  let lastSerial = 0;
  let lastApexes: readonly Omit<ZoneAnswers, 'serial'>[] = [];

  /** What a host's decision depends on; undefined: nobody has it, or its zone is none of ours. */
  function hostInput(name: string, input: PlannerInput): HostInput | undefined {
    const { view, peers, places, whyNoPlaces, nowMs, coarseClients } = input;
    const own = view.hosts.get(name);
    const host = own ?? adopt(name, peers);
    const zone = view.zones.find((one) => one.name === host?.zone);
    if (host === undefined || zone === undefined) return undefined;
    const { geoTag, clusters } = view;
    const before = memory.get(name) ?? nothing;
    const adopted = own === undefined ? ({ adopted: true } as const) : {};
    const coarse = coarseClients?.(name) === true ? ({ coarseClients: true } as const) : {};
    return { host, ...adopted, zone, geoTag, peers, clusters, places, whyNoPlaces, before, ...coarse, nowMs };
  }

  return {
    decision: (host) => last.get(host),
    decisions: () => last.values(),
    remembered: (host) => memory.get(host),
    reconsider: agenda.take,
    nextReconsiderMs: agenda.nextMs,
    remember(host, remembered) {
      if (!last.has(host)) memory.set(host, remembered);
    },
    explain(host, input, client) {
      const known = hostInput(host, input);
      return known === undefined ? undefined : explainHost(known, client);
    },
    plan(hosts, input) {
      const names: NameAnswers[] = [];
      const removed: string[] = [];
      const decisions = new Map<string, HostDecision | undefined>();
      const { now, soon } = moves.touched(hosts, input, last);
      const others = soon.size > mostUnnamed ? soon : new Set<string>();
      for (const name of others.size > 0 ? now : now.union(soon)) {
        const before = last.get(name);
        const known = hostInput(name, input);
        if (known === undefined) {
          if (before === undefined) continue;
          last.delete(name);
          memory.delete(name);
          agenda.set(name, undefined);
          decisions.set(name, undefined);
          removed.push(...before.answers.map((answer) => answer.name));
          continue;
        }
        const { decision, remembered } = decideHost(known);
        memory.set(name, remembered);
        agenda.set(name, decision.reconsiderAtMs);
        if (isDeepStrictEqual(decision, before)) continue;
        last.set(name, decision);
        decisions.set(name, decision);
        names.push(
          ...decision.answers.filter((answer, index) => !isDeepStrictEqual(answer, before?.answers[index])),
        );
        // A host of this cluster's own that is now only a peer's.
        removed.push(...(before?.answers.slice(decision.answers.length) ?? []).map((answer) => answer.name));
      }
      const apexes = input.view.zones.map((zone) => apex(zone, input));
      const moved = !isDeepStrictEqual(apexes, lastApexes) || names.length > 0 || removed.length > 0;
      lastApexes = apexes;
      // The serial moves with every change of content, so zones travel with it.
      if (moved) lastSerial = Math.max(lastSerial + 1, Math.floor(input.nowMs / 1000));
      const withSerial = apexes.map((zone) => ({ ...zone, serial: lastSerial }));
      return { patch: { names, removed, ...(moved ? { zones: withSerial } : {}) }, decisions, others };
    },
  };
}

const nothing: Remembered = {};

function apex(zone: Zone, { delegations, ownNameServer }: PlannerInput): Omit<ZoneAnswers, 'serial'> {
  const listed = delegations.get(zone.name)?.members.map((member) => member.nsName) ?? [];
  return {
    name: zone.name,
    nameServers: [...new Set([...listed, ownNameServer(zone)])].sort(),
    nsTtlSeconds: delegationTtlSeconds,
    negativeTtlSeconds: zone.negativeTtlSeconds,
  };
}
