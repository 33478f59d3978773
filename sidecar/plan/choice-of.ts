import type { ByHash, Leaf, Weighted } from '#sidecar/model/answers.ts';
import type { HostPolicy } from '#sidecar/model/policy.ts';
import type { Standing } from './filter.ts';

/** How the addresses of one family that came through the chain are answered. */
export function choiceOf(
  standing: Standing,
  isOfFamily: (address: string) => boolean,
  affinity: HostPolicy['affinity'],
): Leaf | Weighted | ByHash {
  const { clusters, pick, limit, instead } = standing;
  if (instead !== undefined) return inTurn([instead.filter(isOfFamily)], limit);
  const parts = clusters
    .map(({ geoTag, weight, addresses }) => ({
      key: geoTag,
      weight: weight || 1,
      addresses: addresses.filter(isOfFamily),
    }))
    // Who has no address of this family takes no part in the draw: NODATA would be an outage for some.
    .filter(({ addresses }) => addresses.length > 0);
  if (parts.length < 2 || pick === 'all') {
    return inTurn(
      parts.map(({ addresses }) => addresses),
      limit,
    );
  }
  if (pick === 'network' && affinity !== undefined) {
    const among = parts.map(({ key, weight, addresses }) => ({
      key,
      weight,
      // Always the same ones: a client with affinity shall meet them again.
      choice: leaf(addresses.slice(0, limit)),
    }));
    return { kind: 'byHash', ...affinity, among };
  }
  const limited = limit !== undefined && parts.some(({ addresses }) => addresses.length > limit);
  const among = parts.flatMap(({ weight, addresses }) => {
    const leaves = windows(addresses, limit);
    const share = limited ? Math.max(1, Math.round((weight * shares) / leaves.length)) : weight;
    return leaves.map((choice) => ({ weight: share, choice }));
  });
  return { kind: 'weighted', among };
}

/** Of an address that the door has let in. */
export const isIpv6 = (address: string): boolean => address.includes(':');
export const isIpv4 = (address: string): boolean => !isIpv6(address);

/** Divided by up to ten windows without remainder. */
const shares = 2520;

/** The addresses of several clusters in one answer; of more than the limit another run of them each time. */
function inTurn(sets: readonly (readonly string[])[], limit: number | undefined): Leaf | Weighted {
  const all = [...new Set(sets.flat())];
  if (limit === undefined || all.length <= limit) return leaf(all.sort());
  const leaves = windows([...new Set(interleaved(sets))], limit);
  return { kind: 'weighted', among: leaves.map((choice) => ({ weight: 1, choice })) };
}

/**
 * Every run of `limit` addresses of the ring, so that each address is in as many answers as any other and leads as
 * many: with always the same ones the rest would stand idle.
 */
function windows(addresses: readonly string[], limit: number | undefined): readonly Leaf[] {
  if (limit === undefined || addresses.length <= limit) return [leaf(addresses)];
  const ring = [...addresses, ...addresses];
  return addresses.map((_, from) => ({ kind: 'fixed', addresses: ring.slice(from, from + limit) }));
}

const leaf = (addresses: readonly string[]): Leaf => ({
  kind: addresses.length > 1 ? 'rotate' : 'fixed',
  addresses,
});

/** One of each cluster in turn, so that a run of them holds as many clusters as it can. */
function interleaved(sets: readonly (readonly string[])[]): readonly string[] {
  const longest = Math.max(...sets.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => sets.flatMap((set) => set[at] ?? [])).flat();
}
