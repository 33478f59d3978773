import type { KubeObject } from '#core/api/kubernetes.ts';
import type { NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { Hold } from '#sidecar/model/hold.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';

/** What the file says it is. Another version is not read: what a field means may have changed. */
export const fileFormat = 'gslb-sidecar state';
export const fileVersion = 1;

/*
 * The file is lines of JSON: the head, then records in any order, then the end, whose checksum is of all octets before
 * its line. So it is written, checked and read a line at a time, and a person can read it.
 */

/** The first line. */
export interface Head {
  readonly format: typeof fileFormat;
  readonly version: typeof fileVersion;
  readonly geoTag: string;
  readonly uid: string;
}

/** One of the lines between. */
export type Recorded =
  | { readonly zone: ZoneAnswers }
  | { readonly name: NameAnswers }
  | { readonly host: string; readonly remembered: Remembered }
  | { readonly target: string; readonly word: ProbeWord }
  | { readonly hold: Hold }
  /** A Gslb or ZoneDelegation that is deleted and whose answers are held. */
  | { readonly object: KubeObject };

/** The last line. */
export interface End {
  readonly end: { readonly sha256: string };
}
