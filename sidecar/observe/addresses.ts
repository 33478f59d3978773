import type { Node, Pod } from '#core/api/kubernetes.ts';
import { addressToBytes, addressToText } from '#core/wire/address.ts';
import { isDomainName } from './host-name.ts';
import type { Published } from './published.ts';
import type { Remark } from './wish.ts';

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

/** Host names in an `exposed-hostnames` annotation, in its order, distinct, lower-case. */
export function exposedHostnames(annotation: string): {
  readonly names: readonly string[];
  /** Parts that are no name of a host. */
  readonly wrong: readonly string[];
} {
  const parts = annotation.split(',').flatMap((part) => plainHost(part) ?? []);
  const isName = (part: string) => isDomainName(part) && canonicalAddress(part) === undefined;
  return { names: [...new Set(parts.filter(isName))], wrong: parts.filter((part) => !isName(part)) };
}

/** A host as it is compared: lower-case, without spaces around it and trailing dot; undefined when nothing is left. */
export const plainHost = (text: string | undefined): string | undefined =>
  text?.trim().toLowerCase().replace(/\.$/, '') || undefined;

/** What is known of the addresses of a host name. */
export interface NameLookup {
  /** Sorted, distinct; the last ones that were read. */
  readonly addresses: readonly string[];
  /** Why they are old, or missing; absent: all is well, or nothing has come back yet. */
  readonly problem?: Remark;
}

/** Where a host of this cluster may be reached, from the most to the least wanted. */
export interface AddressSources {
  /** From the annotations; undefined without one. */
  readonly exposedHostnames: readonly string[] | undefined;
  readonly exposed: readonly string[] | undefined;
  /** Of the GslbPolicy; undefined without one, or where it has none. */
  readonly policy: readonly string[] | undefined;
  readonly published: Published;
  readonly ingressNodes: ServingNodes;
  /** Undefined: it was asked for the first time, and nothing has come back. */
  readonly lookup: (hostname: string) => NameLookup | undefined;
}

/** Where a host is reached. */
export interface HostAddresses {
  /** Sorted, distinct. */
  readonly addresses: readonly string[];
  /** The host names that they come from. */
  readonly names: readonly string[];
  /** Shown in the status, and left out, since their nodes run no Ready pod of the ingress controller. Absent: none. */
  readonly notServing?: readonly string[];
  readonly remarks: readonly Remark[];
}

/**
 * Where a host of this cluster is reached: what the annotations say (names before addresses, as in k8gb); else the
 * policy; else the status of the Ingress, Service or gateway; else, behind the ingress controller, the nodes that run
 * it. Of an Ingress's status nodes are left out that are known not to run it: the status lags by seconds.
 */
export function hostAddresses(sources: AddressSources): HostAddresses {
  const { published, ingressNodes } = sources;
  if (sources.exposedHostnames !== undefined) return ofNames(sources.exposedHostnames, [], sources);
  if (sources.exposed !== undefined) return { addresses: sources.exposed, names: [], remarks: [] };
  if (sources.policy !== undefined)
    return { addresses: canonicalAddresses(sources.policy), names: [], remarks: [] };
  if (published.problem !== undefined) return { addresses: [], names: [], remarks: [published.problem] };
  const shown = ofNames(
    published.hostnames.flatMap((name) => plainHost(name) ?? []),
    canonicalAddresses(published.addresses),
    sources,
  );
  if (!published.byIngressNodes)
    return shown.addresses.length > 0 ? shown : withoutAddresses(shown, published);
  // Names that were not read yet must not make a cluster answer with its nodes for a moment.
  if (shown.addresses.length === 0 && shown.names.length === 0)
    return ingressNodes.addresses.length > 0
      ? { ...shown, addresses: ingressNodes.addresses }
      : withoutAddresses(shown, published);
  if (!ingressNodes.observed) return shown;
  const addresses = shown.addresses.filter((address) => !ingressNodes.notServing.has(address));
  if (addresses.length === shown.addresses.length) return shown;
  const notServing = shown.addresses.filter((address) => ingressNodes.notServing.has(address));
  return { ...shown, addresses, notServing };
}

function ofNames(
  names: readonly string[],
  addresses: readonly string[],
  { lookup }: AddressSources,
): HostAddresses {
  const found = new Set(addresses);
  const remarks: Remark[] = [];
  for (const name of names) {
    const looked = lookup(name);
    for (const address of looked?.addresses ?? []) found.add(address);
    if (looked?.problem !== undefined) remarks.push(looked.problem);
  }
  return { addresses: [...found].sort(), names, remarks };
}

/** Said only where no more telling remark says why. */
function withoutAddresses(found: HostAddresses, { what, byIngressNodes }: Published): HostAddresses {
  if (found.names.length > 0) return found;
  const nodes = byIngressNodes ? ', and no node runs a Ready pod of the ingress controller' : '';
  return {
    ...found,
    remarks: [
      {
        reason: 'NoAddresses',
        message: `${what} shows no address in its status${nodes}, so this cluster has none to answer with; wait for its controller, or set annotation k8gb.io/exposed-ip-addresses on the Gslb`,
      },
    ],
  };
}

export function canonicalAddresses(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => canonicalAddress(text) ?? []))].sort();
}

/** The one text of an address (RFC 5952); undefined for anything else, and for 0.0.0.0 and ::, which name no host. */
export function canonicalAddress(text: string): string | undefined {
  const octets = addressToBytes(text);
  return octets?.some((octet) => octet !== 0) ? addressToText(octets) : undefined;
}
