import { annotations, labels } from '#agent/model/names.ts';
import { endpointSlices, ingresses, type Namespace, services } from '#core/api/kubernetes.ts';
import { endpointOriginLabel } from '#core/api/offload/endpoint-origin.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/**
 * Whether nothing is left in a namespace of what other rooms wrote there with the rights that end with its offload:
 * slices that lead elsewhere, and addresses at providers. Where it is a consumer's twin as well its slices are that
 * peering's too, and its rights stay. Rejects with SourceError.
 */
export async function isCleared(
  source: Pick<ApiServerSource, 'readList'>,
  { metadata }: Namespace,
): Promise<boolean> {
  const namespace = metadata.name;
  const isTwin = metadata.labels?.[labels.tenantOfTwin] !== undefined;
  const [slices, ...annotated] = await Promise.all([
    isTwin ? [] : source.readList(endpointSlices, { namespace, labelSelector: endpointOriginLabel }),
    source.readList(services, { namespace }),
    source.readList(ingresses, { namespace }),
  ]);
  const noted = annotated
    .flat()
    .some((object) => object.metadata.annotations?.[annotations.remoteAddresses] !== undefined);
  return slices.length === 0 && !noted;
}
