import { labels, product, roles } from '#agent/model/names.ts';
import { type Namespace, namespaces, type RoleBinding, roleBindings } from '#core/api/kubernetes.ts';
import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/** Liqo's: what is written on a NamespaceOffloading until its twins are dealt with. */
export const finalizer = 'namespaceoffloading-controller.liqo.io/finalizer';
/** On RoleBindings made here, by which they are watched. */
export const bindingLabel = {
  key: labels.manager,
  value: 'offload-agent-namespaces',
} as const;

/** Whether the agent has marked a namespace as offloaded: it looks after it even if its NamespaceOffloading is gone. */
export function isMarked(namespace: Namespace): boolean {
  return namespace.metadata.labels?.[labels.strategy] !== undefined;
}

/** The labels that steer the scheduling of its pods; no strategy takes both away. */
export async function markNamespace(
  source: Pick<ApiServerSource, 'patch'>,
  { metadata }: Namespace,
  strategy: string | undefined,
): Promise<void> {
  const wanted = {
    [labels.schedulingEnabled]: strategy === undefined || strategy === 'Local' ? null : 'true',
    [labels.strategy]: strategy ?? null,
  };
  const stands = Object.entries(wanted).every(([key, value]) => (metadata.labels?.[key] ?? null) === value);
  if (stands) return;
  await source.patch(namespaces, metadata.name, { metadata: { uid: metadata.uid, labels: wanted } });
}

/** Gives the agent its rights in an offloaded namespace. */
export async function bindRole(
  source: Pick<ApiServerSource, 'apply'>,
  namespace: string,
  account: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const binding: RoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: {
      name: roles.consumerNamespace,
      namespace,
      labels: { [bindingLabel.key]: bindingLabel.value, 'app.kubernetes.io/part-of': product },
    },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roles.consumerNamespace },
    subjects: [{ kind: 'ServiceAccount', namespace: account.namespace, name: account.name }],
  };
  await source.apply(roleBindings, binding);
}

export function unbindRole(source: Pick<ApiServerSource, 'delete'>, namespace: string): Promise<void> {
  return source.delete(roleBindings, `${namespace}/${roles.consumerNamespace}`);
}

/** Adds or removes our finalizer, beside those of others. */
export async function setFinalizer(
  source: Pick<ApiServerSource, 'patch'>,
  { metadata }: NamespaceOffloading,
  wanted: boolean,
): Promise<void> {
  const found = metadata.finalizers ?? [];
  if (found.includes(finalizer) === wanted) return;
  const finalizers = wanted ? [...found, finalizer] : found.filter((name) => name !== finalizer);
  const { namespace, name, resourceVersion } = metadata;
  await source.patch(namespaceOffloadings, `${namespace}/${name}`, {
    metadata: { resourceVersion, finalizers },
  });
}
