import type { NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { Held } from '#sidecar/model/hold.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';

/** What is kept over a restart. */
export interface State {
  readonly zones: readonly ZoneAnswers[];
  readonly names: readonly NameAnswers[];
  /** By host. */
  readonly hosts: ReadonlyMap<string, Remembered>;
  /** What probes said of this cluster's own addresses that had passed once, by name of the target. */
  readonly probes: ReadonlyMap<string, ProbeWord>;
  /** Absent: nothing is held. */
  readonly held?: Held | undefined;
}

/** Whose state it is. */
export interface Owner {
  readonly geoTag: string;
  /** Of the cluster; empty: not known, as while its API server is away. */
  readonly uid: string;
}
