import type { Strategy } from '#sidecar/model/strategy.ts';
import type { Remark } from './wish.ts';

/** A strategy as a Gslb, or the annotations of an Ingress, say it. */
export interface WrittenStrategy {
  readonly type: string;
  readonly primaryGeoTag: string | undefined;
  readonly weight: Readonly<Record<string, number>> | undefined;
}

/** What was written, as far as it can be used; or why it cannot be. */
export function readStrategy(
  written: WrittenStrategy,
): { readonly strategy: Strategy; readonly warnings: readonly Remark[] } | Remark {
  const { type, primaryGeoTag = '', weight = {} } = written;
  const unused = Object.keys(weight).length > 0 && type !== 'roundRobin' ? [weightUnused(type)] : [];
  switch (type) {
    case 'roundRobin':
      return roundRobin(weight);
    case 'failover':
      // k8gb takes such a Gslb too, and answers it as if it were roundRobin.
      return {
        strategy: { type, primaryGeoTag: primaryGeoTag.toLowerCase() },
        warnings: primaryGeoTag === '' ? [missingPrimary, ...unused] : unused,
      };
    case 'geoip':
      return { strategy: { type }, warnings: unused };
    default:
      return {
        reason: 'UnknownStrategy',
        message: `strategy "${type}" is unknown; use roundRobin, failover or geoip`,
      };
  }
}

/** Clusters of the fleet that a strategy leaves out by mistake, or names and there are none. */
export function strangers(strategy: Strategy, geoTags: ReadonlySet<string> | undefined): readonly Remark[] {
  if (geoTags === undefined) return [];
  const known = [...geoTags].sort();
  if (strategy.type === 'failover') {
    const { primaryGeoTag } = strategy;
    if (primaryGeoTag === '' || geoTags.has(primaryGeoTag)) return [];
    return [
      {
        reason: 'UnknownPrimaryGeoTag',
        message: `no cluster of the fleet is called ${primaryGeoTag} (known: ${known.join(', ')}); until one joins, the others answer in the order of their geotags`,
      },
    ];
  }
  if (strategy.type !== 'roundRobin' || strategy.weights === undefined) return [];
  const { weights } = strategy;
  const missing = known.filter((geoTag) => !Object.hasOwn(weights, geoTag));
  if (missing.length === 0) return [];
  return [
    {
      reason: 'WeightMissing',
      message: `spec.strategy.weight does not name ${missing.join(', ')}, which therefore answers only when no other cluster can; give it a weight`,
    },
  ];
}

const geoTag = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const heaviest = 1000;

function roundRobin(weight: Readonly<Record<string, number>>): {
  readonly strategy: Strategy;
  readonly warnings: readonly Remark[];
} {
  const entries = Object.entries(weight);
  if (entries.length === 0) return { strategy: { type: 'roundRobin' }, warnings: [] };
  const weights = new Map<string, number>();
  const warnings: Remark[] = [];
  const refuse = (key: string, why: string): void =>
    void warnings.push({
      reason: 'WeightInvalid',
      message: `spec.strategy.weight: ${JSON.stringify(key)} ${why}, so it is left out`,
    });
  for (const [key, share] of entries) {
    const tag = key.toLowerCase();
    if (!geoTag.test(tag)) refuse(key, 'is no geotag (letters, digits and dashes)');
    else if (!Number.isInteger(share) || share < 0 || share > heaviest)
      refuse(key, `has ${share}, which is not a whole number from 0 to ${heaviest}`);
    else if (weights.has(tag)) refuse(key, `names cluster ${tag} once more`);
    else weights.set(tag, share);
  }
  // With nothing left of them, equal shares are nearer to what was meant than no cluster at all.
  if (weights.size === 0) return { strategy: { type: 'roundRobin' }, warnings };
  return { strategy: { type: 'roundRobin', weights: Object.fromEntries(weights) }, warnings };
}

const missingPrimary: Remark = {
  reason: 'MissingPrimaryGeoTag',
  message: `strategy failover without the cluster that answers first goes by the order of a policy, then of the geotags; set spec.strategy.primaryGeoTag`,
};

const weightUnused = (type: string): Remark => ({
  reason: 'WeightUnused',
  message: `spec.strategy.weight counts with strategy roundRobin only, not with ${type}; remove it or change spec.strategy.type`,
});
