/**
 * A patch as it crosses to the DNS thread: steps one behind the other, each an octet that says which, four octets
 * with the length of what follows, and that. Made and read by the same program, so it carries no version.
 *
 * - RESET, empty: forget all; every zone and name follows. From here on names outside our zones are REFUSED.
 * - ZONE: a zone, new (after RESET only, parents before children) or changed; see `compile-zone.ts`.
 * - NAME: an entry (`entry.ts`) that replaces what the name answered before.
 * - REMOVE: a name in wire form.
 * - SAVED, one octet: 1 while answers come from saved state, 0 otherwise, as after RESET.
 */
export const STEP = { RESET: 0, ZONE: 1, NAME: 2, REMOVE: 3, SAVED: 4 } as const;

/** Octets before the content of each step. */
export const STEP_HEADER_BYTES = 5;
