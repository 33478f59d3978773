import type { EndpointSlice, KubeObject, Node, ObjectMeta, Pod, Service } from '#core/api/kubernetes.ts';
import { endpointOriginLabel } from '#core/api/offload/endpoint-origin.ts';

/** What is kept of metadata: enough to tell objects apart. */
const slim = (
  { name, namespace, deletionTimestamp, labels }: ObjectMeta,
  keep: readonly string[] = [],
): ObjectMeta => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  ...(keep.length === 0
    ? {}
    : {
        labels: Object.fromEntries(
          keep.flatMap((key) => (labels?.[key] === undefined ? [] : [[key, labels[key]]])),
        ),
      }),
});

/** Slim, with all labels: the object may be selected by any of them. */
export const labelled = (metadata: ObjectMeta): ObjectMeta => ({
  ...slim(metadata),
  ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
});

/** Label by which a slice names its Service. */
export const serviceNameLabel = 'kubernetes.io/service-name';

export const head = ({ apiVersion, kind }: { apiVersion: string; kind: string }) => ({ apiVersion, kind });

/** That it stands, or is going. */
export const trimCrd = (crd: KubeObject): KubeObject => ({ ...head(crd), metadata: slim(crd.metadata) });

/** That it exists, what selects it, and where it is reached from outside. */
export const trimService = (service: Service): Service => ({
  ...head(service),
  metadata: labelled(service.metadata),
  ...(service.spec?.type === undefined ? {} : { spec: { type: service.spec.type } }),
  ...(service.status?.loadBalancer?.ingress?.length
    ? { status: { loadBalancer: { ingress: service.status.loadBalancer.ingress } } }
    : {}),
});

/** Readiness of its endpoints, and whose they are. */
export const trimEndpointSlice = (slice: EndpointSlice): EndpointSlice => ({
  ...head(slice),
  metadata: slim(slice.metadata, [serviceNameLabel, endpointOriginLabel]),
  addressType: slice.addressType,
  endpoints: (slice.endpoints ?? []).map(({ addresses, conditions }) => ({
    addresses: addresses.slice(0, 1),
    ...(conditions?.ready === undefined ? {} : { conditions: { ready: conditions.ready } }),
  })),
});

/** Node, network and readiness. */
export const trimPod = (pod: Pod): Pod => ({
  ...head(pod),
  metadata: slim(pod.metadata),
  spec: {
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    ...(pod.spec?.hostNetwork === undefined ? {} : { hostNetwork: pod.spec.hostNetwork }),
  },
  status: {
    conditions: (pod.status?.conditions ?? [])
      .filter(({ type }) => type === 'Ready')
      .map(({ type, status }) => ({ type, status })),
  },
});

/** Addresses. */
export const trimNode = (node: Node): Node => ({
  ...head(node),
  metadata: slim(node.metadata),
  status: { addresses: node.status?.addresses ?? [] },
});
