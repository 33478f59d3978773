import type { KubeObject, Resource } from '#core/api/kubernetes.ts';

/** Kinds of Kubernetes that this plugin handles and core/api does not describe. */

export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

export interface CustomResourceDefinition extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

const resource = <T extends KubeObject>(
  group: string,
  kind: string,
  plural: string,
  namespaced: boolean,
): Resource<T> => ({ group, version: 'v1', kind, plural, namespaced });

const admission = 'admissionregistration.k8s.io';
const rbac = 'rbac.authorization.k8s.io';

export const deployments = resource<Deployment>('apps', 'Deployment', 'deployments', true);
export const customResourceDefinitions = resource<CustomResourceDefinition>(
  'apiextensions.k8s.io',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
export const mutatingAdmissionPolicies = resource(
  admission,
  'MutatingAdmissionPolicy',
  'mutatingadmissionpolicies',
  false,
);
export const signingRequests = resource<KubeObject & { readonly spec?: { readonly username?: string } }>(
  'certificates.k8s.io',
  'CertificateSigningRequest',
  'certificatesigningrequests',
  false,
);
export const leases = resource('coordination.k8s.io', 'Lease', 'leases', true);

/** By kind: everything that stands in manifests/offload. */
export const manifestKinds: ReadonlyMap<string, Resource> = new Map(
  [
    resource('', 'Namespace', 'namespaces', false),
    resource('', 'ServiceAccount', 'serviceaccounts', true),
    resource('', 'ConfigMap', 'configmaps', true),
    resource('', 'Service', 'services', true),
    resource(rbac, 'ClusterRole', 'clusterroles', false),
    resource(rbac, 'ClusterRoleBinding', 'clusterrolebindings', false),
    resource(rbac, 'Role', 'roles', true),
    resource(rbac, 'RoleBinding', 'rolebindings', true),
    resource(admission, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', false),
    resource(admission, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', false),
    mutatingAdmissionPolicies,
    resource(admission, 'MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', false),
    resource('node.k8s.io', 'RuntimeClass', 'runtimeclasses', false),
    resource('policy', 'PodDisruptionBudget', 'poddisruptionbudgets', true),
    resource('networking.k8s.io', 'NetworkPolicy', 'networkpolicies', true),
    deployments,
    customResourceDefinitions,
  ].map((each) => [each.kind, each]),
);
