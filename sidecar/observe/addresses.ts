import { isIP } from 'node:net';
import type { Ingress, Node, Pod } from '#core/api/kubernetes.ts';

/** Addresses of the nodes that run a Ready pod of some kind. */
export interface ServingNodes {
  /** Whether any such pod was seen: without one nothing is known of which node serves. */
  readonly observed: boolean;
  /** Addresses of the kind asked for, sorted, distinct. */
  readonly addresses: readonly string[];
  /** InternalIPs and ExternalIPs of nodes that do not run one. */
  readonly notServing: ReadonlySet<string>;
}

/** Which nodes run a Ready pod among these (the ingress controller's, or the sidecar's own). */
export function servingNodes(
  pods: Iterable<Pod>,
  nodes: Iterable<Node>,
  kind: 'InternalIP' | 'ExternalIP' = 'InternalIP',
): ServingNodes {
  let observed = false;
  const names = new Set<string>();
  for (const pod of pods) {
    observed = true;
    if (isReady(pod) && pod.spec?.nodeName !== undefined) names.add(pod.spec.nodeName);
  }
  const addresses = new Set<string>();
  const notServing = new Set<string>();
  for (const node of nodes) {
    for (const { type, address } of node.status?.addresses ?? []) {
      if (!isIP(address)) continue;
      if (!names.has(node.metadata.name)) notServing.add(address);
      else if (type === kind) addresses.add(address);
    }
  }
  return { observed, addresses: [...addresses].sort(), notServing };
}

/** A pod that is being deleted is not ready, whatever its condition still says. */
const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/** Addresses in an `exposed-ip-addresses` annotation; spaces are trimmed. */
export function exposedAddresses(annotation: string): {
  readonly addresses: readonly string[];
  readonly wrong: readonly string[];
} {
  const parts = annotation
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return { addresses: parts.filter((part) => isIP(part)), wrong: parts.filter((part) => !isIP(part)) };
}

/**
 * Where a host of this cluster is reached: what the annotation says; else the Ingress's status without nodes that are
 * known not to run the ingress controller (its status lags by seconds); else the nodes that run it.
 */
export function hostAddresses(
  exposed: readonly string[] | undefined,
  ingress: Ingress | undefined,
  ingressNodes: ServingNodes,
): readonly string[] {
  if (exposed !== undefined) return [...new Set(exposed)].sort();
  const published = (ingress?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
    ip && isIP(ip) ? [ip] : [],
  );
  if (published.length === 0) return ingressNodes.addresses;
  if (!ingressNodes.observed) return [...new Set(published)].sort();
  return [...new Set(published.filter((address) => !ingressNodes.notServing.has(address)))].sort();
}
