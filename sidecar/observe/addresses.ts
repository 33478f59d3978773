import type { Ingress, Node, Pod } from '#core/api/kubernetes.ts';
import { addressToBytes, addressToText } from '#core/wire/address.ts';

/** Where the pods of one kind (the ingress controller's, the sidecar's own) listen: on the nodes that run them. */
export interface ServingNodes {
  /** Whether any such pod on the host network was seen: without one nothing is known of which node serves. */
  readonly observed: boolean;
  /** Addresses, of the kind asked for, of the nodes that run a Ready one; sorted, distinct. */
  readonly addresses: readonly string[];
  /** InternalIPs and ExternalIPs that only nodes without a Ready one have. */
  readonly notServing: ReadonlySet<string>;
}

/**
 * Which nodes run a Ready pod among these. Only pods on the host network count: others do not listen on their node's
 * addresses, and say nothing about which address works.
 */
export function servingNodes(
  pods: Iterable<Pod>,
  nodes: Iterable<Node>,
  kind: 'InternalIP' | 'ExternalIP' = 'InternalIP',
): ServingNodes {
  let observed = false;
  const names = new Set<string>();
  for (const pod of pods) {
    if (pod.spec?.hostNetwork !== true) continue;
    observed = true;
    if (isReady(pod) && pod.spec.nodeName !== undefined) names.add(pod.spec.nodeName);
  }
  const addresses = new Set<string>();
  const ofServing = new Set<string>();
  const ofOthers = new Set<string>();
  for (const node of nodes) {
    const serves = names.has(node.metadata.name);
    for (const { type, address: text } of node.status?.addresses ?? []) {
      const address = canonicalAddress(text);
      if (address === undefined) continue;
      (serves ? ofServing : ofOthers).add(address);
      if (serves && type === kind) addresses.add(address);
    }
  }
  // Nodes behind one NAT share an ExternalIP.
  return { observed, addresses: [...addresses].sort(), notServing: ofOthers.difference(ofServing) };
}

/** A pod that is being deleted is not ready, whatever its condition still says. */
const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/** Addresses in an `exposed-ip-addresses` annotation, sorted, distinct; spaces are trimmed. */
export function exposedAddresses(annotation: string): {
  readonly addresses: readonly string[];
  /** Parts that are no address of a host. */
  readonly wrong: readonly string[];
} {
  const parts = annotation
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return {
    addresses: canonicalAddresses(parts),
    wrong: parts.filter((part) => canonicalAddress(part) === undefined),
  };
}

/**
 * Where a host of this cluster is reached: what the annotation says; else the Ingress's status without nodes that are
 * known not to run the ingress controller (its status lags by seconds); else the nodes that run it.
 * @param exposed undefined without the annotation
 */
export function hostAddresses(
  exposed: readonly string[] | undefined,
  ingress: Ingress | undefined,
  ingressNodes: ServingNodes,
): readonly string[] {
  if (exposed !== undefined) return exposed;
  const published = canonicalAddresses(
    (ingress?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
  );
  if (published.length === 0) return ingressNodes.addresses;
  if (!ingressNodes.observed) return published;
  return published.filter((address) => !ingressNodes.notServing.has(address));
}

function canonicalAddresses(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => canonicalAddress(text) ?? []))].sort();
}

/** The one text of an address (RFC 5952); undefined for anything else, and for 0.0.0.0 and ::, which name no host. */
function canonicalAddress(text: string): string | undefined {
  const octets = addressToBytes(text);
  return octets?.some((octet) => octet !== 0) ? addressToText(octets) : undefined;
}
