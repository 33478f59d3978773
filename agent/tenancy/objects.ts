import { annotations, labels, names, roles } from '#agent/model/names.ts';
import type { KubeObject, Namespace, Resource, RoleBinding } from '#core/api/kubernetes.ts';
import { same } from './same.ts';

/** Who is bound: an account of a namespace. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

export interface ResourceQuota extends KubeObject {
  readonly spec?: { readonly hard?: Readonly<Record<string, string>> };
}

export const resourceQuotas: Resource<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};

/** Names of RoleBindings and of the quota that this room makes. */
export const madeNames = {
  agent: 'offload-agent',
  tenant: 'offload-tenant',
  invitation: 'offload-invitation',
} as const;

/** On all that this room makes in tenant and twin namespaces: name of the tenant namespace. */
export const madeLabel = labels.tenantOfTwin;

/**
 * How many objects a consumer may have in one twin namespace. ConfigMaps include kube-root-ca.crt. NodePorts and load
 * balancers are the provider's to give: none.
 */
export const objectCounts = {
  configmaps: '200',
  secrets: '200',
  services: '100',
  'services.nodeports': '0',
  'services.loadbalancers': '0',
  'count/ingresses.networking.k8s.io': '100',
  // None of our own kinds: until Kubernetes counts a kind, which can take minutes after its CRD came, it refuses them.
} as const;

export function roleBinding(
  at: { readonly namespace: string; readonly name: string; readonly tenantNamespace: string },
  role: (typeof roles)[keyof typeof roles],
  account: Account,
): RoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { namespace: at.namespace, name: at.name, labels: { [madeLabel]: at.tenantNamespace } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }],
  };
}

/** Whether a RoleBinding that is there gives what is wanted. */
export function isBound(found: RoleBinding | undefined, wanted: RoleBinding): boolean {
  return (
    found !== undefined &&
    found.metadata.deletionTimestamp === undefined &&
    found.roleRef.name === wanted.roleRef.name &&
    same(
      found.subjects?.map(({ kind, name, namespace }) => ({ kind, name, namespace })),
      wanted.subjects,
    )
  );
}

/** The two RoleBindings without which a twin namespace is not one: ours first. */
export function twinBindings(
  twin: string,
  tenantNamespace: string,
  agent: Account,
): readonly [RoleBinding, RoleBinding] {
  const at = { namespace: twin, tenantNamespace };
  return [
    roleBinding({ ...at, name: madeNames.agent }, roles.twinNamespace, agent),
    roleBinding({ ...at, name: madeNames.tenant }, roles.tenantInTwin, {
      name: names.tenantAccount,
      namespace: tenantNamespace,
    }),
  ];
}

/** A twin namespace as it is wanted. */
export function twinNamespace(twin: {
  readonly remote: string;
  readonly local: string;
  readonly tenantNamespace: string;
  readonly consumer: string;
  readonly podSecurity: string;
  /** Globs; undefined: Ingresses may have any host. */
  readonly ingressHosts?: readonly string[];
}): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: twin.remote,
      labels: {
        [labels.tenantOfTwin]: twin.tenantNamespace,
        [labels.remoteClusterID]: twin.consumer,
        [podSecurityLabels.enforce]: twin.podSecurity,
        [podSecurityLabels.enforceVersion]: 'latest',
      },
      annotations: {
        [annotations.originalNamespace]: twin.local,
        ...(twin.ingressHosts && { [annotations.ingressHosts]: twin.ingressHosts.join(', ') }),
      },
    },
  };
}

/** Labels of Pod Security admission. */
export const podSecurityLabels = {
  enforce: 'pod-security.kubernetes.io/enforce',
  enforceVersion: 'pod-security.kubernetes.io/enforce-version',
} as const;

export function twinQuota(twin: string, tenantNamespace: string): ResourceQuota {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { namespace: twin, name: madeNames.tenant, labels: { [madeLabel]: tenantNamespace } },
    spec: { hard: objectCounts },
  };
}

/** An account whose token is in no pod unless it asks for it. */
export function account({ namespace, name }: Account): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name },
    automountServiceAccountToken: false,
  } as KubeObject;
}
