import { gatewayRoutes, gateways } from '#core/api/gateway-api.ts';
import { istioGateways, virtualServices } from '#core/api/istio.ts';
import { ingresses, type KubeObject, type Resource, services } from '#core/api/kubernetes.ts';
import { apiVersion } from '#core/api/resource.ts';

/** A kind that spec.resourceRef may name. */
export interface TargetKind {
  readonly resource: Resource;
  /** The kind of the gateway through which it is reached; its status has the addresses. */
  readonly gateway?: Resource;
  /** Whether the object has no hosts itself: the Gslb names the host by annotation. */
  readonly hostless?: true;
}

export const ingressTarget: TargetKind = { resource: ingresses };

const targetKinds: readonly TargetKind[] = [
  ingressTarget,
  { resource: services, hostless: true },
  ...gatewayRoutes.map((resource) => ({
    resource,
    gateway: gateways,
    ...(['TCPRoute', 'UDPRoute'].includes(resource.kind) ? { hostless: true as const } : {}),
  })),
  ...virtualServices.flatMap((resource, index) => {
    const gateway = istioGateways[index];
    return gateway === undefined ? [] : [{ resource, gateway }];
  }),
];

/** `gateway.networking.k8s.io/v1/HTTPRoute`. */
export function kindId(resource: Resource): string {
  const known = ids.get(resource);
  if (known !== undefined) return known;
  const id = `${apiVersion(resource)}/${resource.kind}`;
  ids.set(resource, id);
  return id;
}

/** Asked for several times with every object. */
const ids = new WeakMap<Resource, string>();

/**
 * The kind that a reference means: Ingress without one, and without a version the one to prefer.
 * @returns undefined for any other; {@link targetKindNames} has what is known
 */
export function targetKind(version: string | undefined, kind: string | undefined): TargetKind | undefined {
  const wanted = kind || 'Ingress';
  return targetKinds.find(
    ({ resource }) => resource.kind === wanted && (!version || apiVersion(resource) === version),
  );
}

/** For sentences: `Ingress (networking.k8s.io/v1)`, …. */
export const targetKindNames: readonly string[] = [
  ...Map.groupBy(targetKinds, ({ resource }) => resource.kind),
].map(([kind, same]) => `${kind} (${same.map(({ resource }) => apiVersion(resource)).join(', ')})`);

/** What is watched only once a Gslb refers to it: the CRDs of these kinds may not be installed. */
export const optionalKinds: readonly Resource<KubeObject>[] = [
  ...gatewayRoutes,
  gateways,
  ...virtualServices,
  ...istioGateways,
];
