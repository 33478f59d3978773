import type { NameAnswers } from './answers.ts';

/** What was decided for one host: its answers, and what Gslb status shows of it. */
export interface HostDecision {
  readonly host: string;
  /** `H`, and `localtargets-H` where this cluster has a Gslb for it. */
  readonly answers: readonly NameAnswers[];
  /** All addresses that the host answers with, sorted: status.healthyRecords[host]. */
  readonly healthyRecords: readonly string[];
  /** Geotags whose addresses are among them, sorted. */
  readonly answeringGeoTags: readonly string[];
}
