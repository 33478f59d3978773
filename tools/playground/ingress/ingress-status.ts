import type { Ingress, Node, Pod } from '#core/api/kubernetes.ts';
import { ingressClass } from './routes.ts';

/** Addresses to publish: InternalIPs of the nodes that run a Ready pod of this controller, sorted. */
export function publishedAddresses(pods: Iterable<Pod>, nodes: Iterable<Node>): string[] {
  const serving = new Set<string>();
  for (const pod of pods) {
    const ready = pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
    if (ready && pod.metadata.deletionTimestamp === undefined && pod.spec?.nodeName)
      serving.add(pod.spec.nodeName);
  }
  const addresses: string[] = [];
  for (const node of nodes) {
    if (!serving.has(node.metadata.name)) continue;
    const internal = node.status?.addresses?.find((address) => address.type === 'InternalIP');
    if (internal !== undefined) addresses.push(internal.address);
  }
  return addresses.sort();
}

/** Ingresses of our class whose status does not show these addresses. */
export function outdated(ingresses: Iterable<Ingress>, addresses: readonly string[]): Ingress[] {
  return [...ingresses].filter((ingress) => {
    if (ingress.spec?.ingressClassName !== ingressClass) return false;
    const shown = (ingress.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip ?? '');
    return shown.join() !== addresses.join();
  });
}
