import { labels } from '#agent/model/names.ts';
import type { Namespace } from '#core/api/kubernetes.ts';
import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import { type SelectableNode, selectorProblem, selects } from './selector.ts';

/** The only name under which a NamespaceOffloading is heeded. */
export const offloadingName = 'offloading';

/** What a namespace wants of one provider. */
export type Decision =
  | { readonly kind: 'wanted'; readonly remote: string }
  | { readonly kind: 'notSelected' }
  /** It is wanted, and cannot be had; `required` says whether the provider was selected. */
  | {
      readonly kind: 'refused';
      readonly required: boolean;
      readonly reason: string;
      readonly message: string;
    };

export interface DecisionInput {
  readonly offloading: NamespaceOffloading;
  readonly namespace: Namespace;
  /** Of this cluster. */
  readonly clusterID: string;
  /** Where the agent runs. */
  readonly agentNamespace: string;
  /** The provider's virtual nodes; none when they are not known. */
  readonly nodes: readonly SelectableNode[];
  /** Whether the provider was asked for this namespace before: stays so while its nodes are not known. */
  readonly wantedBefore: boolean;
}

/** Whether a provider gets a twin of a namespace, and of what name. */
export function decide(input: DecisionInput): Decision {
  const { offloading, namespace, clusterID, agentNamespace, nodes, wantedBefore } = input;
  const { name } = namespace.metadata;
  const system = isSystemNamespace(namespace, agentNamespace);
  if (system) {
    const message = `namespace "${name}" belongs to the cluster itself and is not offloaded`;
    return { kind: 'refused', required: false, reason: 'NamespaceNotAllowed', message };
  }
  const selector = offloading.spec?.clusterSelector;
  const problem = selectorProblem(selector);
  if (problem !== undefined) {
    const message = `spec.clusterSelector picks no cluster: ${problem}`;
    return { kind: 'refused', required: false, reason: 'InvalidSelector', message };
  }
  const all = (selector?.nodeSelectorTerms ?? []).length === 0;
  const picked = all || (nodes.length === 0 ? wantedBefore : nodes.some((node) => selects(selector, node)));
  if (!picked) return { kind: 'notSelected' };
  const remote = remoteName(offloading, name, clusterID);
  if (remote.length > 63) {
    const message = `the twin would be called "${remote}", ${remote.length} characters where 63 may be; offload again with namespaceMappingStrategy SelectedName`;
    return { kind: 'refused', required: true, reason: 'RemoteNameTooLong', message };
  }
  return { kind: 'wanted', remote };
}

/** Name of a namespace's twin; immutable with its strategy. */
export function remoteName({ spec = {} }: NamespaceOffloading, namespace: string, clusterID: string): string {
  switch (spec.namespaceMappingStrategy) {
    case 'EnforceSameName':
      return namespace;
    case 'SelectedName':
      return spec.remoteNamespaceName ?? '';
    default:
      return `${namespace}-${clusterID}`;
  }
}

/** Namespaces whose pods make the cluster, or a peering, work. */
export function isSystemNamespace({ metadata }: Namespace, agentNamespace: string): boolean {
  const { name } = metadata;
  return (
    name.startsWith('kube-') ||
    name.startsWith('liqo-tenant-') ||
    name === agentNamespace ||
    metadata.labels?.[labels.tenantNamespace] === 'true'
  );
}

/** A namespace that is offloaded, with what it wants of one provider. */
export interface Wish {
  readonly namespace: string;
  /** Of its NamespaceOffloading. */
  readonly createdAt: string;
  readonly decision: Decision;
}

/**
 * Decisions of one provider by namespace. Of two namespaces that want one twin the longer offloaded one gets it, by
 * name where they are of the same second.
 */
export function settle(wishes: readonly Wish[]): ReadonlyMap<string, Decision> {
  const byAge = wishes.toSorted(
    (a, b) => a.createdAt.localeCompare(b.createdAt) || a.namespace.localeCompare(b.namespace),
  );
  const owners = new Map<string, string>();
  const settled = new Map<string, Decision>();
  for (const { namespace, decision } of byAge) {
    const owner = decision.kind === 'wanted' ? owners.get(decision.remote) : undefined;
    if (decision.kind !== 'wanted' || owner === undefined) {
      if (decision.kind === 'wanted') owners.set(decision.remote, namespace);
      settled.set(namespace, decision);
      continue;
    }
    const message = `namespace "${owner}" has the twin "${decision.remote}" already; offload this one under another name`;
    settled.set(namespace, { kind: 'refused', required: true, reason: 'RemoteNameTaken', message });
  }
  return settled;
}

/** What stands in spec.desiredMapping of a provider's NamespaceMap. */
export function desiredMapping(settled: ReadonlyMap<string, Decision>): Readonly<Record<string, string>> {
  const wanted = [...settled].flatMap(([namespace, decision]) =>
    decision.kind === 'wanted' ? [[namespace, decision.remote] as const] : [],
  );
  return Object.fromEntries(wanted.toSorted(([a], [b]) => a.localeCompare(b)));
}
