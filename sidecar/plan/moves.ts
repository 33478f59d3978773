import { isDeepStrictEqual } from 'node:util';
import type { ClusterNotes, ClusterView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { Override } from '#sidecar/model/override.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import type { Zone } from '#sidecar/model/zone.ts';

/** What all hosts, or those of one cluster, depend on. */
interface Common {
  readonly view: ClusterView;
  readonly peers: readonly PeerView[];
  readonly places: PlaceDatabase | undefined;
  readonly whyNoPlaces?: string | undefined;
}

/** Finds the hosts that a change reaches which is not one of hosts. */
export interface Moves {
  /** Those that are touched by what is different from the last time this was asked. */
  touched(hosts: Iterable<string>, now: Common, decided: ReadonlyMap<string, HostDecision>): Touched;
}

export interface Touched {
  /** `hosts`, and those of zones that came, went or changed: they go with their zones. */
  readonly now: ReadonlySet<string>;
  /** The others: often all of them. */
  readonly soon: ReadonlySet<string>;
}

export function createMoves(): Moves {
  let lastZones: readonly Zone[] = [];
  let lastPlaces: PlaceDatabase | undefined;
  let lastWhyNoPlaces: string | undefined;
  let lastClusters: ReadonlyMap<string, ClusterNotes> = new Map();
  let lastOverrides: ReadonlyMap<string, Override | undefined> = new Map();
  return {
    touched(hosts, { view, peers, places, whyNoPlaces }, decided) {
      const touched = new Set(hosts);
      const soon = new Set<string>();
      const add = (names: Iterable<string>) => {
        for (const name of names) touched.add(name);
      };
      // What a host answers depends on its zone's negative TTL.
      if (!same(view.zones, lastZones)) {
        add(view.hosts.keys());
        add(decided.keys());
        for (const { records } of peers) add(records?.keys() ?? []);
      }
      const overrides = new Map(peers.map(({ geoTag, override }) => [geoTag, override]));
      const drained = new Set<string>();
      const moved = new Set<string>();
      for (const geoTag of new Set([...overrides.keys(), ...lastOverrides.keys()])) {
        if (!same(overrides.get(geoTag), lastOverrides.get(geoTag))) drained.add(geoTag);
      }
      if (view.clusters !== lastClusters) {
        for (const geoTag of new Set([...view.clusters.keys(), ...lastClusters.keys()])) {
          const now = view.clusters.get(geoTag);
          const then = lastClusters.get(geoTag);
          if (!same(now?.override, then?.override)) drained.add(geoTag);
          if (!same(now?.place, then?.place)) moved.add(geoTag);
        }
      }
      const replaced = places !== lastPlaces || whyNoPlaces !== lastWhyNoPlaces;
      if (drained.size > 0 || moved.size > 0 || replaced) {
        const peersDrained = peers.filter(({ geoTag }) => drained.has(geoTag));
        const ownDrained = drained.has(view.geoTag);
        for (const name of new Set([...view.hosts.keys(), ...decided.keys()])) {
          const host = view.hosts.get(name);
          // What a peer's record wants is not looked for: there are few that only a peer has.
          const adopted = host === undefined;
          const geoip = adopted || host.strategy.type === 'geoip';
          const reached =
            ownDrained ||
            peersDrained.some((peer) => peer.hosts.has(name)) ||
            // One that begins keeps others waiting, whether or not it has the host.
            (drained.size > 0 && (adopted || (host.policy?.waitSeconds ?? 0) > 0));
          if (reached || (geoip && (replaced || moved.size > 0))) soon.add(name);
        }
      }
      lastZones = view.zones;
      lastPlaces = places;
      lastWhyNoPlaces = whyNoPlaces;
      lastClusters = view.clusters;
      lastOverrides = overrides;
      return { now: touched, soon: soon.difference(touched) };
    },
  };
}

/** Most often they are the same object. */
const same = (a: unknown, b: unknown): boolean => a === b || isDeepStrictEqual(a, b);
