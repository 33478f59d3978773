import type { DecisionRemark, FilterName, FilterStep, Removed } from '#sidecar/model/host-decision.ts';
import type { Place } from '#sidecar/model/place.ts';
import type { Activity } from './active.ts';
import type { Candidate } from './candidate.ts';
import type { HostInput } from './host-input.ts';

/** What goes through the chain. */
export interface Standing {
  readonly clusters: readonly Candidate[];
  /** What one answer holds: the addresses of all clusters, or those of one, drawn by weight or by client network. */
  readonly pick: 'all' | 'weight' | 'network';
  /** Most addresses of a family in one answer. Absent: all. */
  readonly limit?: number;
  /** What is answered although no cluster is left. */
  readonly instead?: readonly string[];
}

/** One client, or all clients that fare alike. */
export interface Client {
  /** Of the prefixes that the policy names: those that contain it. */
  readonly within: ReadonlySet<string>;
  /** Absent: none is known. */
  readonly place?: Place;
}

/** What a filter looks at beside the clusters. */
export interface Setting {
  readonly input: HostInput;
  readonly client: Client;
  /** Failover: the cluster that the host is with; known from `fence` on. */
  readonly activity?: Activity;
}

/** What a filter leaves, and what it says of that. */
export interface Filtered {
  readonly standing: Standing;
  readonly step: FilterStep;
  readonly remarks?: readonly DecisionRemark[];
  /** When time alone changes what it does, ms since 1970. */
  readonly reconsiderAtMs?: number;
}

/** One step of the chain: pure, and never throws. */
export type Filter = (standing: Standing, setting: Setting) => Filtered;

/** Why a cluster goes: a sentence, or what is to be said besides. */
type Reason = string | Omit<Removed, 'geoTag'>;

/** Removes the clusters for which there is a reason. */
export function sift(
  filter: FilterName,
  standing: Standing,
  why: (cluster: Candidate) => Reason | undefined,
  note?: string,
): Filtered {
  const removed: Removed[] = [];
  const kept = standing.clusters.filter((cluster) => {
    const reason = why(cluster);
    if (reason !== undefined)
      removed.push({ geoTag: cluster.geoTag, ...(typeof reason === 'string' ? { why: reason } : reason) });
    return reason === undefined;
  });
  if (removed.length === 0) return pass(filter, standing, note);
  const step = { filter, removed, ...(note === undefined ? {} : { note }) };
  return { standing: { ...standing, clusters: kept }, step };
}

/** As {@link sift}; but where nothing would be left it is passed over, and says so. */
export function siftUnlessEmpty(
  filter: FilterName,
  standing: Standing,
  why: (cluster: Candidate) => string | undefined,
): Filtered {
  const sifted = sift(filter, standing, why);
  if (sifted.standing.clusters.length > 0 || standing.clusters.length === 0) return sifted;
  const reasons = sifted.step.removed.map(({ geoTag, why: reason }) => `${geoTag} ${reason}`).join(', ');
  return pass(filter, standing, `passed over, since nothing would be left: ${reasons}`);
}

/** Leaves all as it is. */
export function pass(filter: FilterName, standing: Standing, note?: string): Filtered {
  return { standing, step: note === undefined ? silent[filter] : { filter, removed: [], note } };
}

/** Steps that had nothing to say; shared, since most are. */
const silent: Readonly<Record<FilterName, FilterStep>> = {
  alive: { filter: 'alive', removed: [] },
  drained: { filter: 'drained', removed: [] },
  remote: { filter: 'remote', removed: [] },
  fence: { filter: 'fence', removed: [] },
  strategy: { filter: 'strategy', removed: [] },
  weight: { filter: 'weight', removed: [] },
  affinity: { filter: 'affinity', removed: [] },
  limit: { filter: 'limit', removed: [] },
  failOpen: { filter: 'failOpen', removed: [] },
};

/** A moment as text, to the second. */
export const moment = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The earlier one of two moments that may be absent. */
export function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((ms) => ms !== undefined && Number.isFinite(ms)) as number[];
  return known.length === 0 ? undefined : Math.min(...known);
}
