import { type Filter, siftUnlessEmpty } from './filter.ts';

/**
 * roundRobin with weights: clusters of weight 0 answer only when nobody else does (then like others), and of the rest
 * one is drawn per answer, so that weights survive resolvers that shuffle.
 */
export const weight: Filter = (standing, { input: { host } }) => {
  if (host.strategy.type !== 'roundRobin' || host.strategy.weights === undefined) {
    return siftUnlessEmpty('weight', standing, () => undefined);
  }
  const filtered = siftUnlessEmpty('weight', standing, (cluster) =>
    cluster.weight === 0 ? 'has weight 0' : undefined,
  );
  const { clusters } = filtered.standing;
  if (clusters.length < 2 || clusters.some((cluster) => cluster.weight === 0)) return filtered;
  const shares = clusters.map((cluster) => `${cluster.geoTag} ${cluster.weight}`).join(', ');
  return {
    standing: { ...filtered.standing, pick: 'weight' },
    step: { ...filtered.step, note: `each answer is that of one cluster, drawn by weight: ${shares}` },
  };
};
