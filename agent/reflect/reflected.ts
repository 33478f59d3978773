import { annotations } from '#agent/model/names.ts';
import {
  configMaps,
  ingresses,
  type KubeObject,
  type LoadBalancerStatus,
  type Resource,
  secrets,
  services,
} from '#core/api/kubernetes.ts';

/** Any object that is reflected, as JSON: what its kind has not is absent. */
export interface Reflected extends KubeObject {
  readonly spec?: object;
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
  readonly status?: { readonly loadBalancer?: LoadBalancerStatus };
}

export type ReflectedKind = 'Service' | 'Ingress' | 'ConfigMap' | 'Secret';

export const reflectedResources: Readonly<Record<ReflectedKind, Resource<Reflected>>> = {
  Service: services,
  Ingress: ingresses,
  ConfigMap: configMaps,
  Secret: secrets,
};

/** The spec of a Service or Ingress by field name. */
export function specOf(object: Reflected): Readonly<Record<string, unknown>> {
  return (object.spec ?? {}) as Readonly<Record<string, unknown>>;
}

/**
 * ConfigMap in a twin namespace: its keys are the names of the Secrets that we wrote there. A consumer may not list
 * Secrets at a provider; this is how it knows which to delete.
 */
export const secretRecordName = 'offload-reflected-secrets';

/** On an object at a provider: which of its annotations are ours, separated by commas. */
export const reflectedAnnotationsAnnotation = 'offloading.interspan.dev/reflected-annotations';

/** On a local Ingress or Service: addresses that its twins have, JSON by provider id. */
export const remoteAddressesAnnotation = annotations.remoteAddresses;
