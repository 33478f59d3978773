import type { EndpointId } from '#agent/model/gateway-table.ts';
import type { EndpointSlice } from '#core/api/kubernetes.ts';

/** One TCP port of a pod, under the name of the Service's port ('' where it has none). */
export interface EndpointPort {
  readonly name: string;
  /** Of the pod. */
  readonly port: number;
  readonly appProtocol?: string;
}

export interface EndpointConditions {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

interface Endpoint {
  /** Of the pod. */
  readonly uid: string;
  /** Of the pod. */
  readonly name: string;
  /** Of the pod, in its own cluster. */
  readonly address: string;
  readonly ports: readonly EndpointPort[];
  readonly conditions: EndpointConditions;
}

/** A pod of this cluster behind a Service. */
export interface NativeEndpoint extends Endpoint {
  readonly namespace: string;
}

/** A pod of another cluster behind a Service. */
export interface RemoteEndpoint extends Endpoint {
  /** Cluster whose gateway is asked. */
  readonly peer: string;
  /** Cluster that the pod runs in. */
  readonly origin: string;
}

/** What names a port that a gateway listens on. */
export interface PortKey {
  readonly peer: string;
  readonly endpoint: EndpointId;
}

export function endpointID(origin: string, uid: string, port: number): EndpointId {
  return `${origin}/${uid}/${port}`;
}

/** Label of EndpointSlices and ShadowEndpointSlices: the Service they belong to. */
export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
/** Value of {@link managedByLabel} on slices of Kubernetes' own controller: pods on real nodes. */
export const nativeManager = 'endpointslice-controller.k8s.io';
/** Value of {@link managedByLabel} on slices that lead through the gateway. */
export const ourManager = 'offload-agent.interspan.dev';

const readableID = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/;
const isPort = (port: number | undefined): port is number =>
  port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536;

type SlicePorts = EndpointSlice['ports'];

/** The TCP ports of a slice. */
export function tcpPorts(ports: SlicePorts): readonly EndpointPort[] {
  return (ports ?? []).flatMap(({ name = '', port, protocol = 'TCP', appProtocol }) =>
    protocol === 'TCP' && isPort(port)
      ? [{ name, port, ...(appProtocol === undefined ? {} : { appProtocol }) }]
      : [],
  );
}

/** Whether it may stand in an endpoint id: ids of clusters and of pods come from elsewhere. */
export function isReadableID(id: string | undefined): id is string {
  return id !== undefined && readableID.test(id);
}

/** A missing `ready` or `serving` is to be read as true, a missing `terminating` as false (EndpointSlice API). */
export function readConditions(conditions: Partial<EndpointConditions> | undefined): EndpointConditions {
  const { ready = true, serving = ready, terminating = false } = conditions ?? {};
  return { ready, serving, terminating };
}

/** One of each pod: the one that needs no relay, else the first. */
export function distinct(endpoints: readonly RemoteEndpoint[]): readonly RemoteEndpoint[] {
  const found = new Map<string, RemoteEndpoint>();
  for (const endpoint of endpoints) {
    const id = `${endpoint.origin}/${endpoint.uid}`;
    const before = found.get(id);
    if (before === undefined || (before.peer !== before.origin && endpoint.peer === endpoint.origin)) {
      found.set(id, endpoint);
    }
  }
  return [...found.values()];
}
