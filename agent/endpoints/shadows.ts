import { createHash } from 'node:crypto';
import { labels } from '#agent/model/names.ts';
import type { ShadowEndpointSlice } from '#core/api/offload/shadow-endpoint-slice.ts';
import {
  type EndpointPort,
  isReadableID,
  type NativeEndpoint,
  type RemoteEndpoint,
  readConditions,
  serviceNameLabel,
  tcpPorts,
} from './remote-endpoint.ts';

/** Most endpoints in a slice (the kind's limit). */
const sliceLimit = 1000;

/**
 * What a consumer tells through its ShadowEndpointSlices: pods that its gateway leads to. Those that it says run in
 * this very cluster are left out: they are here already.
 */
export function endpointsOfShadows(
  consumer: string,
  clusterID: string,
  shadows: Iterable<ShadowEndpointSlice>,
): readonly RemoteEndpoint[] {
  const found = new Map<string, RemoteEndpoint>();
  for (const { spec } of shadows) {
    const ports = tcpPorts(spec?.template?.ports);
    for (const { addresses, conditions, nodeName: origin, targetRef } of spec?.template?.endpoints ?? []) {
      const uid = targetRef?.uid;
      if (!isReadableID(origin) || origin === clusterID || !isReadableID(uid)) continue;
      const before = found.get(`${origin}/${uid}`);
      const known = new Set(before?.ports.map(({ name }) => name));
      found.set(`${origin}/${uid}`, {
        peer: consumer,
        origin,
        uid,
        name: targetRef?.name ?? '',
        address: addresses[0] ?? '',
        ports: [...(before?.ports ?? []), ...ports.filter(({ name }) => !known.has(name))],
        conditions: readConditions(conditions),
      });
    }
  }
  return [...found.values()];
}

export interface ShadowsInput {
  /** Name of the Service, here and there. */
  readonly service: string;
  /** The twin namespace. */
  readonly namespace: string;
  /** Id of this cluster, of the consumer. */
  readonly clusterID: string;
  readonly provider: string;
  readonly native: readonly NativeEndpoint[];
  /** Of all providers; its own are left out, and what is not at a provider itself: one relay is the most. */
  readonly remote: readonly RemoteEndpoint[];
  /** Whether we could pass on a stream to that provider now. */
  readonly linkUp: (provider: string) => boolean;
}

/** The ShadowEndpointSlices that a provider should have of a Service: all pods that are not its own. */
export function wantedShadows(input: ShadowsInput): readonly ShadowEndpointSlice[] {
  const { service, namespace, clusterID, provider, native, remote, linkUp } = input;
  const relayed = remote.filter(
    ({ peer, origin }) => peer === origin && origin !== provider && origin !== clusterID,
  );
  const all = [
    ...native.map((endpoint) => ({ ...endpoint, origin: clusterID })),
    ...relayed.map((endpoint) => ({
      ...endpoint,
      namespace: undefined,
      conditions: {
        ...endpoint.conditions,
        ready: endpoint.conditions.ready && linkUp(endpoint.peer),
      },
    })),
  ];
  return [...Map.groupBy(all, ({ ports }) => portsText(ports))].flatMap(([text, group]) =>
    chunks(group).map((chunk, number): ShadowEndpointSlice => {
      const suffix = createHash('sha256').update(`${service} ${text}`).digest('hex').slice(0, 8);
      return {
        apiVersion: 'offloading.liqo.io/v1beta1',
        kind: 'ShadowEndpointSlice',
        metadata: {
          name: `${service}-${suffix}${number === 0 ? '' : `-${number}`}`,
          namespace,
          labels: {
            [serviceNameLabel]: service,
            [labels.origin]: clusterID,
            [labels.destination]: provider,
          },
        },
        spec: {
          template: {
            addressType: 'IPv4',
            endpoints: chunk.map(({ address, conditions, origin, uid, name, namespace: of }) => ({
              addresses: [address],
              conditions,
              nodeName: origin,
              targetRef: { kind: 'RemotePod', name, uid, ...(of === undefined ? {} : { namespace: of }) },
            })),
            ports: (group[0]?.ports ?? []).map((port) => ({ ...port, protocol: 'TCP' })),
          },
        },
      };
    }),
  );
}

function portsText(ports: readonly EndpointPort[]): string {
  return JSON.stringify(ports.map(({ name, port, appProtocol }) => [name, port, appProtocol ?? null]).sort());
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / sliceLimit);
  return Array.from({ length: count }, (_, index) => all.slice(index * sliceLimit, (index + 1) * sliceLimit));
}
