import type { KubeObject, Resource } from './kubernetes.ts';

/** The parts of Gateway API objects (gateway.networking.k8s.io) that Interspan reads, as they stand in JSON. */

/** `group` absent: gateway.networking.k8s.io; `kind` absent: Gateway; `namespace` absent: the route's. */
interface ParentReference {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}
/** `group` absent: core; `kind` absent: Service; `namespace` absent: the route's. */
interface BackendReference {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}
/** HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute: the last two have no hostnames. */
export interface GatewayRoute extends KubeObject {
  readonly spec?: {
    readonly parentRefs?: readonly ParentReference[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly { readonly backendRefs?: readonly BackendReference[] }[];
  };
}
export interface Gateway extends KubeObject {
  readonly status?: {
    /** `type` absent: IPAddress. */
    readonly addresses?: readonly { readonly type?: string; readonly value: string }[];
  };
}

const group = 'gateway.networking.k8s.io';
const route = (kind: string, version: string): Resource<GatewayRoute> => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: true,
});

export const gateways: Resource<Gateway> = {
  group,
  version: 'v1',
  kind: 'Gateway',
  plural: 'gateways',
  namespaced: true,
};

/** Routes in the versions that are read, the one to prefer first. */
export const gatewayRoutes: readonly Resource<GatewayRoute>[] = [
  route('HTTPRoute', 'v1'),
  route('GRPCRoute', 'v1'),
  route('TLSRoute', 'v1'),
  route('TLSRoute', 'v1alpha3'),
  route('TLSRoute', 'v1alpha2'),
  route('TCPRoute', 'v1alpha2'),
  route('UDPRoute', 'v1alpha2'),
];
