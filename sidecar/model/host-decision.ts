import type { NameAnswers } from './answers.ts';

/** What one filter of the chain removed, and why: the explanation of an answer. */
export interface FilterStep {
  readonly filter: 'alive' | 'remote' | 'strategy';
  readonly removed: readonly { readonly geoTag: string; readonly why: string }[];
}

/** What was decided for one host: its answers, and what Gslb status shows of it. */
export interface HostDecision {
  readonly host: string;
  /** `H`, and `localtargets-H` with this cluster's own healthy addresses. */
  readonly answers: readonly NameAnswers[];
  /** All addresses that the host answers with, sorted: status.healthyRecords[host]. */
  readonly healthyRecords: readonly string[];
  /** Geotags whose addresses are among them, sorted. */
  readonly answeringGeoTags: readonly string[];
  /** The chain, in order. */
  readonly steps: readonly FilterStep[];
}
