import type { NameAnswers } from '#sidecar/model/answers.ts';
import { benchAnswers, benchZone } from './dns-names.ts';

/** Hosts that change, one after the other. */
export const SOAK_HOSTS = 100;

/** Answers with the number of the last change; it changes with each, in the same patch. */
export const clockName = `clock.${benchZone}`;

export const soakName = (host: number) => `host${host}.${benchZone}`;

/** The addresses of a name after change `change`: four, each of which holds the number. */
export function changedAnswers(name: string, change: number): NameAnswers {
  const addresses = [1, 2, 3, 4].map((last) => `10.${(change >> 8) & 0xff}.${change & 0xff}.${last}`);
  return benchAnswers(name, { kind: 'rotate', addresses });
}

/** The host that change `change` is about: the first `SOAK_HOSTS` changes make them all. */
export const hostOf = (change: number) => change % SOAK_HOSTS;

/** The last change of `host` up to `change`, which is at least `SOAK_HOSTS`. */
export const lastChangeOf = (host: number, change: number) =>
  change - ((change - host + SOAK_HOSTS) % SOAK_HOSTS);
