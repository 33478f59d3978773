/** Reason of the remark that a probe has never passed. */
export const probeNeverPassed = 'ProbeNeverPassed';

/** Says of a probe that has never passed what it means; `why` it failed may read differently each time. */
export const neverPassedText = (probe: string, why: string, remedy: string): string =>
  `${probe} has never passed (${why}), so that it cannot tell when the address fails; ${remedy}`;

const why = /( has never passed) \(.*?\)(?=, so that it cannot tell)/g;

/** Whether a text has such a remark. */
export const saysNeverPassed = (text: string): boolean => text.search(why) >= 0;

/** A text with its remarks of that kind as they are whatever the probes failed of: so they are told apart. */
export const withoutWhy = (text: string): string => text.replaceAll(why, '$1');
