import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { EndpointId } from '#agent/model/gateway-table.ts';
import type { EndpointSlice, Service } from '#core/api/kubernetes.ts';
import { endpointOriginLabel } from '#core/api/offload/endpoint-origin.ts';
import type { GatewayView } from './gateways.ts';
import {
  endpointID,
  isReadableID,
  managedByLabel,
  ourManager,
  type PortKey,
  type RemoteEndpoint,
  readConditions,
  serviceNameLabel,
} from './remote-endpoint.ts';

/** On slices of ours: JSON by port name, whose gateway is asked for which endpoint. The record of the assignment. */
export const endpointsAnnotation = 'offloading.interspan.dev/endpoints';

/**
 * The TCP ports of a Service that endpoints elsewhere can serve; none where that would not be what it asks for:
 * headless (its names are pod addresses), ExternalName, internalTrafficPolicy Local.
 */
export function spannedPorts(service: Service | undefined): ReadonlySet<string> {
  const spec = service?.spec;
  const spans =
    spec !== undefined &&
    service?.metadata.deletionTimestamp === undefined &&
    spec.clusterIP !== 'None' &&
    spec.type !== 'ExternalName' &&
    spec.internalTrafficPolicy !== 'Local';
  const tcp = spans ? (spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP') : [];
  return new Set(tcp.map(({ name = '' }) => name));
}

/** The endpoint with only those ports that the Service spans, undefined without any. */
export function withPorts(endpoint: RemoteEndpoint, names: ReadonlySet<string>): RemoteEndpoint | undefined {
  const ports = endpoint.ports.filter(({ name }) => names.has(name));
  return ports.length === 0 ? undefined : { ...endpoint, ports };
}

export function portKeys({ peer, origin, uid, ports }: RemoteEndpoint): readonly PortKey[] {
  return ports.map(({ port }) => ({ peer, endpoint: endpointID(origin, uid, port) }));
}

export interface SliceInput {
  readonly service: Service;
  readonly endpoint: RemoteEndpoint;
  readonly portOf: (key: PortKey) => number | undefined;
  readonly gateways: readonly GatewayView[];
}

/** The slice of one remote endpoint of a Service; undefined where no port could be assigned. */
export function wantedSlice({ service, endpoint, portOf, gateways }: SliceInput): EndpointSlice | undefined {
  const { peer, origin, uid, conditions } = endpoint;
  const ports = endpoint.ports.flatMap(({ name, port, appProtocol }) => {
    const key = { peer, endpoint: endpointID(origin, uid, port) };
    const assigned = portOf(key);
    return assigned === undefined ? [] : [{ name, appProtocol, key, assigned }];
  });
  if (ports.length === 0) return undefined;
  const { namespace = '', name, uid: serviceUID } = service.metadata;
  const hash = createHash('sha256').update(`${name} ${peer} ${origin} ${uid}`).digest('hex').slice(0, 12);
  const record = Object.fromEntries(ports.map((port) => [port.name, port.key]));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name.slice(0, 50)}-${hash}`,
      namespace,
      labels: { [serviceNameLabel]: name, [managedByLabel]: ourManager, [endpointOriginLabel]: origin },
      annotations: { [endpointsAnnotation]: JSON.stringify(record) },
      ...(serviceUID === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid: serviceUID }] }),
    },
    addressType: 'IPv4',
    endpoints: gateways.map((gateway) => ({
      addresses: [gateway.address],
      conditions: {
        ...conditions,
        ready:
          conditions.ready &&
          gateway.linkUp(peer) &&
          ports.every(({ assigned, key }) => gateway.listens(assigned, key)),
      },
    })),
    ports: ports.map(({ name: portName, assigned, appProtocol }) => ({
      name: portName,
      port: assigned,
      protocol: 'TCP',
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })),
  };
}

/** Whether the API server's object says all that the wanted one says. */
export function isAsWanted(held: EndpointSlice, wanted: EndpointSlice): boolean {
  return isDeepStrictEqual(essence(held), essence(wanted));
}

function essence({ metadata, endpoints, ports }: EndpointSlice): unknown {
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  return {
    labels: [labels[serviceNameLabel], labels[managedByLabel], labels[endpointOriginLabel]],
    record: annotations[endpointsAnnotation],
    owners: ownerReferences.map(({ uid }) => uid),
    endpoints: (endpoints ?? []).map(({ addresses, conditions }) => [addresses, { ...conditions }]),
    ports: (ports ?? []).map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol]),
  };
}

/** What a slice of ours records: the endpoint that it was made for, and the ports that were assigned. */
export interface SliceRecord {
  readonly endpoint: RemoteEndpoint;
  readonly assignments: readonly (PortKey & { readonly port: number })[];
}

/** Reads a slice of ours back; undefined where it records nothing that can be read. */
export function sliceRecord(slice: EndpointSlice): SliceRecord | undefined {
  const record = readRecord(slice.metadata.annotations?.[endpointsAnnotation]);
  const entries = Object.entries(record).flatMap(([name, key]) => {
    const parsed = parseKey(key);
    const port = slice.ports?.find((candidate) => (candidate.name ?? '') === name);
    if (parsed === undefined || port?.port === undefined) return [];
    const { appProtocol } = port;
    return [{ ...parsed, name, assigned: port.port, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
  const [first] = entries;
  if (first === undefined) return undefined;
  const { peer, origin, uid } = first;
  // Whether it is ready depends on the link as well; that it serves does not.
  const held = readConditions(slice.endpoints?.[0]?.conditions);
  return {
    endpoint: {
      peer,
      origin,
      uid,
      name: '',
      address: '',
      ports: entries.map(({ name, port, appProtocol }) => ({
        name,
        port,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      })),
      conditions: { ...held, ready: held.serving && !held.terminating },
    },
    assignments: entries.map(({ endpoint, assigned }) => ({ peer, endpoint, port: assigned })),
  };
}

function readRecord(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Edited by hand: as good as none.
    return {};
  }
}

function parseKey(
  value: unknown,
): (PortKey & { readonly origin: string; readonly uid: string; readonly port: number }) | undefined {
  const { peer, endpoint } = (value ?? {}) as { readonly peer?: unknown; readonly endpoint?: unknown };
  if (typeof peer !== 'string' || typeof endpoint !== 'string' || !isReadableID(peer)) return undefined;
  const [origin, uid, port, more] = endpoint.split('/');
  if (
    !isReadableID(origin) ||
    !isReadableID(uid) ||
    !/^[1-9]\d{0,4}$/.test(port ?? '') ||
    more !== undefined
  ) {
    return undefined;
  }
  return { peer, endpoint: endpoint as EndpointId, origin, uid, port: Number(port) };
}
