import type { Explanation } from '#core/admin/schema.ts';

/** What one cluster says. */
export interface Explained {
  readonly context: string;
  readonly explanation: Explanation;
}

/** Something that is wrong with the host: exit code 3. */
export interface Problem {
  readonly code: 'differs' | 'noAnswer' | 'notServed';
  /** A sentence. */
  readonly message: string;
}

/**
 * Where the clusters do not agree about a host, and where it has no answer. Clients ask any of them, so what differs
 * is what they may see.
 */
export function problemsOf(host: string, all: readonly Explained[]): readonly Problem[] {
  const unserved = all.filter(({ explanation }) => explanation.decided === undefined);
  const served = all.flatMap(({ explanation: { geoTag, decided } }) =>
    decided === undefined ? [] : [`${geoTag} (Gslb ${decided.gslb.namespace}/${decided.gslb.name})`],
  );
  const byOthers = served.length === 0 ? '' : `; it is served by ${served.join(', ')}`;
  const empty = all.filter(({ explanation }) => explanation.decided?.answer.addresses.length === 0);
  return [
    ...unserved.map(({ explanation: { geoTag, notServed = '' } }) => ({
      code: 'notServed' as const,
      message: `${host} is not served by ${geoTag}: ${notServed}${byOthers}`,
    })),
    ...empty.map(({ explanation }) => ({
      code: 'noAnswer' as const,
      message: `${host} has no answer in ${explanation.geoTag}: no cluster is left`,
    })),
    ...differences(host, all),
  ];
}

const compared: readonly (readonly [string, (decided: NonNullable<Explanation['decided']>) => string])[] = [
  ['answers', ({ answer }) => list(answer.addresses)],
  ['is answered by', ({ answer }) => list(answer.clusters)],
  ['is with', ({ active }) => (active === undefined ? '' : `${active.geoTag} (epoch ${active.epoch})`)],
  ['has the strategy', ({ strategy }) => strategyText(strategy)],
  ['belongs to', ({ gslb }) => `Gslb ${gslb.namespace}/${gslb.name}`],
];

function differences(host: string, all: readonly Explained[]): readonly Problem[] {
  return compared.flatMap(([verb, read]) => {
    const saidBy = new Map<string, string[]>();
    for (const { explanation } of all) {
      if (explanation.decided === undefined) continue;
      const said = read(explanation.decided);
      saidBy.set(said, [...(saidBy.get(said) ?? []), explanation.geoTag]);
    }
    if (saidBy.size < 2) return [];
    const parts = [...saidBy].map(([said, tags]) => `${said || 'nobody'} in ${tags.join(', ')}`);
    return [{ code: 'differs' as const, message: `${host} ${verb} ${parts.join(', but ')}` }];
  });
}

/** `failover (eu)`. */
export const strategyText = ({
  type,
  primaryGeoTag,
}: NonNullable<Explanation['decided']>['strategy']): string =>
  primaryGeoTag ? `${type} (${primaryGeoTag})` : type;

const list = (items: readonly string[]): string => items.toSorted().join(', ') || 'nothing';
