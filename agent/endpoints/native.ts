import type { EndpointSlice } from '#core/api/kubernetes.ts';
import {
  isReadableID,
  managedByLabel,
  type NativeEndpoint,
  nativeManager,
  type RemoteEndpoint,
  readConditions,
  tcpPorts,
} from './remote-endpoint.ts';

/**
 * Pods in slices of one Service, one entry per pod, in order of UID: only of Kubernetes' own controller, so never what
 * leads through a gateway, and never a pod whose address is in `excluded` (gateways).
 */
export function nativeEndpoints(
  slices: Iterable<EndpointSlice>,
  excluded: ReadonlySet<string> = new Set(),
): readonly NativeEndpoint[] {
  const found = new Map<string, NativeEndpoint>();
  for (const { metadata, addressType, endpoints, ports } of slices) {
    if (metadata.labels?.[managedByLabel] !== nativeManager || addressType !== 'IPv4') continue;
    const tcp = tcpPorts(ports);
    for (const { addresses, conditions, targetRef } of endpoints ?? []) {
      const [address] = addresses;
      const uid = targetRef?.uid;
      if (targetRef?.kind !== 'Pod' || !isReadableID(uid) || address === undefined || excluded.has(address))
        continue;
      const before = found.get(uid);
      const known = new Set(before?.ports.map(({ name }) => name));
      found.set(uid, {
        uid,
        name: targetRef.name ?? '',
        namespace: targetRef.namespace ?? metadata.namespace ?? '',
        address,
        ports: [...(before?.ports ?? []), ...tcp.filter(({ name }) => !known.has(name))],
        conditions: readConditions(conditions),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.uid < b.uid ? -1 : 1));
}

/** What slices at a provider say: its pods, reached through its gateway. */
export function endpointsAtProvider(
  provider: string,
  slices: Iterable<EndpointSlice>,
): readonly RemoteEndpoint[] {
  return nativeEndpoints(slices).map(({ namespace: _, ...endpoint }) => ({
    ...endpoint,
    peer: provider,
    origin: provider,
  }));
}
