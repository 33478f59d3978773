import type { KubeObject, Resource } from './kubernetes.ts';

/** The parts of Istio's objects (networking.istio.io) that Interspan reads, as they stand in JSON. */

interface VirtualServiceRule {
  readonly route?: readonly { readonly destination?: { readonly host: string } }[];
}
export interface VirtualService extends KubeObject {
  readonly spec?: {
    readonly hosts?: readonly string[];
    /** `namespace/name`, `name` (in the VirtualService's namespace), or `mesh`: the sidecars, no gateway. */
    readonly gateways?: readonly string[];
    readonly http?: readonly VirtualServiceRule[];
    readonly tls?: readonly VirtualServiceRule[];
    readonly tcp?: readonly VirtualServiceRule[];
  };
}
export interface IstioGateway extends KubeObject {
  /** Labels of the gateway's pods, and by Istio's convention of its Service. */
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> };
}

const versions = ['v1', 'v1beta1'] as const;
const group = 'networking.istio.io';

/** In the versions that are read, the one to prefer first. */
export const virtualServices: readonly Resource<VirtualService>[] = versions.map((version) => ({
  group,
  version,
  kind: 'VirtualService',
  plural: 'virtualservices',
  namespaced: true,
}));

/** In the same order as {@link virtualServices}. */
export const istioGateways: readonly Resource<IstioGateway>[] = versions.map((version) => ({
  group,
  version,
  kind: 'Gateway',
  plural: 'gateways',
  namespaced: true,
}));
