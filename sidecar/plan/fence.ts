import { type Filter, siftUnlessEmpty } from './filter.ts';

/** Drops clusters that the policy keeps for the clients of networks to which this client does not belong. */
export const fence: Filter = (standing, { input, client }) =>
  siftUnlessEmpty('fence', standing, ({ geoTag }) => {
    const nets = input.host.policy?.fence.filter((net) => net.geoTag === geoTag) ?? [];
    if (nets.length === 0 || nets.some(({ prefix }) => client.within.has(prefix))) return undefined;
    return `takes clients of ${nets.map(({ prefix }) => prefix).join(', ')} only`;
  });
