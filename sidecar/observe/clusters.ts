import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { ClusterNotes } from '#sidecar/model/cluster-view.ts';
import type { Place } from '#sidecar/model/place.ts';
import type { Overrides } from './override.ts';

/** What a GslbCluster says of its member now. Override and place may both be absent. */
export function clusterNotes(
  { metadata, spec, status }: GslbCluster,
  overrides: Overrides,
  nowMs: number,
): ClusterNotes {
  const origin = clusterOrigin(metadata.name);
  const override = overrides.read(spec?.override, status?.override, { origin, about: '', nowMs });
  const place = placeOf(spec?.location ?? {});
  return { ...(override === undefined ? {} : { override }), ...(place === undefined ? {} : { place }) };
}

/** How an override of a GslbCluster is called. */
export const clusterOrigin = (name: string): string => `GslbCluster ${name}`;

function placeOf({ country, continent, label }: Place): Place | undefined {
  if (country === undefined && continent === undefined && label === undefined) return undefined;
  return {
    ...(country === undefined ? {} : { country }),
    ...(continent === undefined ? {} : { continent }),
    ...(label === undefined ? {} : { label }),
  };
}
