import type { ActiveRecord } from './active-record.ts';
import type { NameAnswers } from './answers.ts';

/** The filters of the chain, in its order. */
export type FilterName =
  | 'alive'
  | 'drained'
  | 'remote'
  | 'fence'
  | 'strategy'
  | 'weight'
  | 'affinity'
  | 'limit'
  | 'failOpen';

/** A cluster that a filter removed. */
export interface Removed {
  readonly geoTag: string;
  /** For people. */
  readonly why: string;
  /** It is a peer that is silent, so that its addresses are withdrawn for every host. */
  readonly silent?: true;
}

/** What one filter of the chain removed, and why: the explanation of an answer. */
export interface FilterStep {
  readonly filter: FilterName;
  readonly removed: readonly Removed[];
  /** Why it was passed over, where it would have left nothing, or what it did instead of removing. */
  readonly note?: string;
}

/** What a person should know about a host's answer, for a condition: a reason in CamelCase and a sentence. */
export interface DecisionRemark {
  /** Condition type that it belongs to; without one it is an event only. */
  readonly reason: 'DrainIgnored' | 'FailOpen' | 'PlaceDatabaseMissing' | 'CoarseClients' | 'ProbeSuspect';
  readonly message: string;
}

/** What was decided for one host: its answers, and what Gslb status shows of it. */
export interface HostDecision {
  readonly host: string;
  /** `H`, and `localtargets-H` with this cluster's own healthy addresses. */
  readonly answers: readonly NameAnswers[];
  /** All addresses that the host may answer with, sorted: status.healthyRecords[host]. */
  readonly healthyRecords: readonly string[];
  /** Geotags whose addresses are among them, sorted. */
  readonly answeringGeoTags: readonly string[];
  /** The chain, in order. Where it depends on the client: of a client that no network and no place is known of. */
  readonly steps: readonly FilterStep[];
  readonly remarks: readonly DecisionRemark[];
  /** Failover only: the cluster that the host is with after this decision. */
  readonly active?: ActiveRecord;
  /** When time alone changes the decision (a hold, an override, a failback that ends), ms since 1970. */
  readonly reconsiderAtMs?: number;
}
