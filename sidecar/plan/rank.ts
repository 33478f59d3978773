import type { HostView } from '#sidecar/model/cluster-view.ts';

/** Orders clusters as failover prefers them: the primary, then the policy's order, then by geotag. */
export function byRank({
  strategy,
  policy,
}: HostView): (a: { readonly geoTag: string }, b: { readonly geoTag: string }) => number {
  const primary = strategy.type === 'failover' ? strategy.primaryGeoTag : '';
  const order = [primary, ...(policy?.order ?? [])];
  const place = (geoTag: string) => {
    const index = order.indexOf(geoTag);
    return index < 0 ? order.length : index;
  };
  return (a, b) =>
    place(a.geoTag) - place(b.geoTag) || (a.geoTag < b.geoTag ? -1 : Number(a.geoTag > b.geoTag));
}
