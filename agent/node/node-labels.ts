import { labels } from '#agent/model/names.ts';
import type { Grant } from '#agent/model/provider-link.ts';

export interface NodeLabelsInput {
  readonly nodeName: string;
  /** Id of the provider. */
  readonly clusterID: string;
  readonly grant: Pick<Grant, 'architecture' | 'nodeLabels'>;
  /** Namespaces of this cluster that have a twin there. */
  readonly namespaces: readonly string[];
}

/** Labels that stand on a node for as long as it is there: those by which it is known for ours. Liqo's values. */
export function identifyingLabels(nodeName: string, clusterID: string): Readonly<Record<string, string>> {
  return {
    type: 'virtual-kubelet',
    'kubernetes.io/hostname': nodeName,
    [labels.type]: 'virtual-node',
    [labels.remoteClusterID]: clusterID,
  };
}

/**
 * Labels of a provider's VirtualNode: Liqo's, the role by which `kubectl get nodes` prints agent, and those that the
 * provider gives. A provider cannot override ours, cannot claim a namespace, nor a role; what is no label is left out.
 */
export function clusterLabels(input: Omit<NodeLabelsInput, 'namespaces'>): Readonly<Record<string, string>> {
  const given = Object.entries(input.grant.nodeLabels ?? {}).filter(
    ([key, value]) => isLabel(key, value) && mayBeGiven(key),
  );
  return {
    ...Object.fromEntries(given),
    ...identifyingLabels(input.nodeName, input.clusterID),
    'kubernetes.io/role': 'agent',
    'node-role.kubernetes.io/agent': '',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': input.grant.architecture,
    'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
    'alpha.service-controller.kubernetes.io/exclude-balancer': 'true',
  };
}

/** All labels of the Node: those of its VirtualNode, and one per namespace whose pods may come. */
export function nodeLabels(input: NodeLabelsInput): Readonly<Record<string, string>> {
  const perNamespace = input.namespaces.map((namespace) => [`${labels.namespaceOnNode}${namespace}`, 'true']);
  return { ...clusterLabels(input), ...Object.fromEntries(perNamespace) };
}

/** Of Kubernetes' own: the prefix and the label that say where a node is and what it is. Others steer controllers. */
const givenAnyway = ['topology.kubernetes.io', 'node.kubernetes.io/instance-type'];

function mayBeGiven(key: string): boolean {
  if (key.startsWith(labels.namespaceOnNode)) return false;
  const prefix = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const reserved = /(^|\.)(kubernetes|k8s)\.io$/.test(prefix);
  return !reserved || givenAnyway.some((allowed) => allowed === prefix || allowed === key);
}

const namePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefixPattern = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Kubernetes' rule for labels. */
function isLabel(key: string, value: string): boolean {
  const parts = key.split('/');
  const name = parts.pop() as string;
  const prefixed = parts.length === 0 || (parts.length === 1 && prefixPattern.test(parts[0] as string));
  return prefixed && namePattern.test(name) && (value === '' || namePattern.test(value));
}
