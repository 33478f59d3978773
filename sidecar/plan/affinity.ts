import { type Filter, pass } from './filter.ts';

/** With affinity in the policy a client network gets one of the clusters, always the same while it is there. */
export const affinity: Filter = (standing, { input: { host } }) => {
  const bits = host.policy?.affinity;
  if (bits === undefined || standing.clusters.length < 2) return pass('affinity', standing);
  const tags = standing.clusters.map(({ geoTag }) => geoTag).join(', ');
  const note = `each client network (/${bits.ipv4Bits}, IPv6 /${bits.ipv6Bits}) gets one of ${tags}`;
  return pass('affinity', { ...standing, pick: 'network' }, note);
};
