import { isDeepStrictEqual } from 'node:util';
import type { AnswersPatch, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { ClusterView } from '#sidecar/model/cluster-view.ts';
import { type Delegation, delegationTtlSeconds } from '#sidecar/model/delegation.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { decideHost } from './decide-host.ts';

/** What is known when something changed. */
export interface PlannerInput {
  readonly view: ClusterView;
  readonly peers: readonly PeerView[];
  /** By zone name; a zone without one has our own name server alone. */
  readonly delegations: ReadonlyMap<string, Delegation>;
  /** Our own name server's name in a zone. */
  readonly ownNameServer: (zone: Zone) => string;
  /** SOA serial of this moment (RFC 1982): seconds since 1970. A second change within one second gets the next. */
  readonly serial: number;
}

/** A patch for the DNS server, and the decisions that differ from the last ones. */
export interface Planned {
  readonly patch: AnswersPatch;
  /** Undefined: the host is gone. */
  readonly decisions: ReadonlyMap<string, HostDecision | undefined>;
}

/** Keeps the last decisions, and plans again only what was touched. */
export interface Planner {
  /** Plans these hosts, and all when the zones changed since the last time. */
  plan(hosts: Iterable<string>, input: PlannerInput): Planned;
  decision(host: string): HostDecision | undefined;
}

export function createPlanner(): Planner {
  const last = new Map<string, HostDecision>();
  let lastZones: readonly Zone[] = [];
  let lastSerial = 0;
  let lastApexes: readonly Omit<ZoneAnswers, 'serial'>[] = [];

  return {
    decision: (host) => last.get(host),
    plan(hosts, input) {
      const names: NameAnswers[] = [];
      const removed: string[] = [];
      const decisions = new Map<string, HostDecision | undefined>();
      const zones = new Map(input.view.zones.map((zone) => [zone.name, zone]));
      // What a host answers depends on its zone's negative TTL.
      const zonesMoved = !isDeepStrictEqual(input.view.zones, lastZones);
      lastZones = input.view.zones;
      for (const name of zonesMoved ? union(hosts, input.view.hosts.keys(), last.keys()) : hosts) {
        const before = last.get(name);
        const host = input.view.hosts.get(name);
        const zone = host === undefined ? undefined : zones.get(host.zone);
        if (host === undefined || zone === undefined) {
          if (before === undefined) continue;
          last.delete(name);
          decisions.set(name, undefined);
          removed.push(...before.answers.map((answer) => answer.name));
          continue;
        }
        const decision = decideHost({ host, zone, geoTag: input.view.geoTag, peers: input.peers });
        if (isDeepStrictEqual(decision, before)) continue;
        last.set(name, decision);
        decisions.set(name, decision);
        names.push(
          ...decision.answers.filter((answer, index) => !isDeepStrictEqual(answer, before?.answers[index])),
        );
      }
      const apexes = input.view.zones.map((zone) => apex(zone, input));
      const moved = !isDeepStrictEqual(apexes, lastApexes) || names.length > 0 || removed.length > 0;
      lastApexes = apexes;
      // The serial moves with every change of content, so zones travel with it.
      if (moved) lastSerial = Math.max(lastSerial + 1, input.serial);
      const withSerial = apexes.map((zone) => ({ ...zone, serial: lastSerial }));
      return { patch: { names, removed, ...(moved ? { zones: withSerial } : {}) }, decisions };
    },
  };
}

function union(...parts: readonly Iterable<string>[]): ReadonlySet<string> {
  return new Set(parts.flatMap((part) => [...part]));
}

function apex(zone: Zone, { delegations, ownNameServer }: PlannerInput): Omit<ZoneAnswers, 'serial'> {
  const listed = delegations.get(zone.name)?.members.map((member) => member.nsName) ?? [];
  return {
    name: zone.name,
    nameServers: [...new Set([...listed, ownNameServer(zone)])].sort(),
    nsTtlSeconds: delegationTtlSeconds,
    negativeTtlSeconds: zone.negativeTtlSeconds,
  };
}
