import { type Gslb, gslbs } from '#core/api/gslb/schema.ts';
import {
  type EndpointSlice,
  endpointSlices,
  type Ingress,
  ingresses,
  type KubeObject,
  type Node,
  namespaces,
  nodes,
  type Pod,
  pods,
  type Resource,
  type Service,
  serviceAccounts,
  services,
} from '#core/api/kubernetes.ts';
import { zoneDelegations } from '#core/api/zone-delegation/schema.ts';

/** An object with the resource that it is created at. */
export interface Created {
  readonly resource: Resource;
  readonly object: KubeObject;
}

const zone = 'cloud.example.com';
/** Gslbs per namespace. */
const perNamespace = 100;
const ingressNamespace = 'ingress-nginx';
/** Nodes that run the ingress controller. */
export const ingressNodes = [1, 2, 3].map((number) => ({
  name: `node-${number}`,
  address: `192.0.2.${number}`,
}));

/** The host of the Gslb of this number. */
export const hostOf = (number: number): string => `app-${number}.${zone}`;

const placeOf = (number: number) => ({
  namespace: `team-${Math.floor(number / perNamespace)}`,
  name: `app-${number}`,
});

/** What every Gslb needs: the zone, namespaces, nodes and the ingress controller's pods, in this order. */
export function surroundings(count: number): readonly Created[] {
  const teams = Array.from({ length: Math.ceil(count / perNamespace) }, (_, team) => `team-${team}`);
  return [
    {
      resource: zoneDelegations,
      object: {
        apiVersion: 'k8gb.io/v1beta1',
        kind: 'ZoneDelegation',
        metadata: { name: 'scale' },
        spec: { loadBalancedZone: zone, parentZone: 'example.com', dnsZoneNegTTL: 30 },
      } as KubeObject,
    },
    ...[ingressNamespace, ...teams].map((name) => ({
      resource: namespaces,
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    })),
    {
      resource: serviceAccounts,
      object: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: ingressNamespace },
      },
    },
    ...ingressNodes.map(({ name }) => ({
      resource: nodes,
      object: { apiVersion: 'v1', kind: 'Node', metadata: { name } },
    })),
    ...ingressNodes.map(({ name }) => ({ resource: pods, object: ingressPod(name) })),
  ];
}

/** A pod of the ingress controller on the network of its node. */
function ingressPod(nodeName: string): KubeObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podOf(nodeName),
      namespace: ingressNamespace,
      labels: { 'app.kubernetes.io/name': 'ingress-nginx' },
    },
    spec: {
      nodeName,
      hostNetwork: true,
      automountServiceAccountToken: false,
      containers: [{ name: 'controller', image: 'none' }],
    },
  };
  return pod;
}

const podOf = (nodeName: string): string => `controller-${nodeName}`;

/** The key of the ingress controller's pod on a node. */
export const podKey = (nodeName: string): string => `${ingressNamespace}/${podOf(nodeName)}`;

export const nodeStatus = (address: string): Node['status'] => ({
  addresses: [{ type: 'InternalIP', address }],
});

export const podStatus = (ready: boolean): Pod['status'] => ({
  conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
});

/** A Gslb that refers to its own Ingress, with its Service and EndpointSlice. */
export function application(number: number): readonly Created[] {
  const metadata = placeOf(number);
  const backend = { service: { name: metadata.name, port: { number: 80 } } };
  const rules = [{ host: hostOf(number), http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: 'None', ports: [{ port: 80 }] },
  } as Service;
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata,
    spec: { rules },
  } as Ingress;
  const gslb: Gslb = {
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata,
    spec: {
      strategy: { type: 'roundRobin', dnsTtlSeconds: 30 },
      resourceRef: { apiVersion: ingress.apiVersion, kind: ingress.kind, name: metadata.name },
    },
  };
  return [
    { resource: services, object: service },
    { resource: endpointSlices, object: slice(number, true) },
    { resource: ingresses, object: ingress },
    { resource: gslbs, object: gslb },
  ];
}

/** The endpoints of an application: one, or none. */
export function slice(number: number, ready: boolean): EndpointSlice {
  const { namespace, name } = placeOf(number);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: ready ? [{ addresses: ['10.0.0.1'], conditions: { ready: true } }] : [],
    ports: [{ port: 80 }],
  };
}

/** What every host answers of the other cluster. */
export const peerAddress = '198.51.100.1';

/** The objects of the other cluster's folder: the same hosts, all healthy. */
export function peerObjects(count: number): readonly object[] {
  const metadata = { name: 'app', namespace: 'peer' };
  const backend = { service: { name: 'app', port: { number: 80 } } };
  const [delegation] = surroundings(0);
  return [
    delegation?.object ?? {},
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
    {
      ...slice(0, true),
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'app' } },
    },
    ...Array.from({ length: count }, (_, number) => ({
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: {
        ...metadata,
        name: placeOf(number).name,
        annotations: { 'k8gb.io/exposed-ip-addresses': peerAddress },
      },
      spec: {
        strategy: { type: 'roundRobin', dnsTtlSeconds: 30 },
        ingress: {
          rules: [{ host: hostOf(number), http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        },
      },
    })),
  ];
}
