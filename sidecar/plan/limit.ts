import { type Filter, pass } from './filter.ts';

/** Bounds the addresses of one answer; which ones are in it is said where the answer is made ({@link choiceOf}). */
export const limit: Filter = (standing, { input: { host } }) => {
  const most = host.policy?.limit;
  const known = standing.clusters.reduce((sum, { addresses }) => sum + addresses.length, 0);
  if (most === undefined) return pass('limit', standing);
  const note = known > most ? `at most ${most} addresses of a family in one answer` : undefined;
  return pass('limit', { ...standing, limit: most }, note);
};
