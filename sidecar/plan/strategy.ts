import { longest } from './client-nets.ts';
import { type Filter, type Filtered, pass, type Setting, type Standing, sift } from './filter.ts';
import { nearest } from './nearest.ts';
import { byRank } from './rank.ts';

/** roundRobin keeps all clusters, failover the active one, geoip those nearest to the client. */
export const strategy: Filter = (standing, setting) => {
  switch (setting.input.host.strategy.type) {
    case 'roundRobin':
      return pass('strategy', standing);
    case 'failover':
      return failover(standing, setting);
    case 'geoip':
      return geoip(standing, setting);
  }
};

/** Where the active cluster does not take this client, or is not heard yet: the next by rank. */
function failover(standing: Standing, { input: { host }, activity }: Setting): Filtered {
  const [first] = standing.clusters.toSorted(byRank(host));
  const chosen = standing.clusters.find(({ geoTag }) => geoTag === activity?.active?.geoTag) ?? first;
  const why = chosen === first ? 'ranks first' : 'is active';
  return sift(
    'strategy',
    standing,
    (cluster) => (cluster === chosen ? undefined : `${chosen?.geoTag} ${why}`),
    activity?.note,
  );
}

/** By the policy's networks, else by the place of the client. */
function geoip(standing: Standing, { input, client }: Setting): Filtered {
  const { host, places, whyNoPlaces = 'No place database is loaded.' } = input;
  const nets = host.policy?.nets ?? [];
  const named = longest(nets, client.within);
  const owners = new Set(named.map(({ geoTag }) => geoTag));
  if (standing.clusters.some(({ geoTag }) => owners.has(geoTag))) {
    const why = `clients of ${named[0]?.prefix} belong to ${[...owners].join(', ')}`;
    return sift('strategy', standing, ({ geoTag }) => (owners.has(geoTag) ? undefined : why));
  }
  if (places === undefined) {
    const note = 'no place database is loaded: all clusters answer';
    const message = `${host.host}: geoip answers like roundRobin. ${whyNoPlaces} Networks in a GslbPolicy need none`;
    const remarks = nets.length > 0 ? [] : [{ reason: 'PlaceDatabaseMissing', message } as const];
    return { ...pass('strategy', standing, note), remarks };
  }
  if (client.place === undefined) {
    return pass('strategy', standing, 'no place is known of the client: all clusters answer');
  }
  const near = nearest(standing.clusters, client.place);
  if (near.by === undefined) {
    return pass('strategy', standing, 'no cluster is near the client: all answer');
  }
  const where = `${near.by} ${client.place[near.by]}`;
  const all = near.clusters.length === standing.clusters.length;
  return sift(
    'strategy',
    standing,
    (cluster) => (near.clusters.includes(cluster) ? undefined : `others are nearer, in ${where}`),
    all ? `all clusters that are left are in ${where}, as the client is` : undefined,
  );
}
