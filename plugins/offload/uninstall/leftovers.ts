import type { KubeObject } from '#core/api/kubernetes.ts';
import { labels, names, taintPrefix } from '#plugins/offload/cluster/names.ts';

/** A Node as far as we may have left something on it. */
export interface LeftoverNode extends KubeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
}

/** Whether a node is one of ours, which only an agent that died leaves behind. */
export function isVirtual({ metadata }: LeftoverNode): boolean {
  return metadata.labels?.[labels.type] === 'virtual-node' && metadata.labels['type'] === 'virtual-kubelet';
}

/** The merge patch that takes labels and taints of ours off a node; undefined when it has none. */
export function cleansing({ metadata, spec }: LeftoverNode): object | undefined {
  const ours = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(labels.namespaceOnNode));
  const taints = spec?.taints ?? [];
  const kept = taints.filter(({ key }) => !key.startsWith(taintPrefix));
  if (ours.length === 0 && kept.length === taints.length) return undefined;
  return {
    metadata: {
      // Only this version of it: a list of taints is written whole.
      resourceVersion: metadata.resourceVersion,
      ...(ours.length > 0 && { labels: Object.fromEntries(ours.map((label) => [label, null])) }),
    },
    ...(kept.length < taints.length && { spec: { taints: kept.length === 0 ? null : kept } }),
  };
}

/** A CertificateSigningRequest as far as it says who made it. */
export interface LeftoverRequest extends KubeObject {
  readonly spec?: { readonly username?: string };
}

/** Whether our agent made it; the API server wrote who did. */
export function isOfAgent({ spec }: LeftoverRequest): boolean {
  return spec?.username === `system:serviceaccount:${names.system}:${names.agent}`;
}
