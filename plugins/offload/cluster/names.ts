/** Names that the agent and manifests/offload know too (agent/model/names.ts; a test compares). */
export const names = {
  /** Namespace of agent and gateway, in every cluster. */
  system: 'offload-system',
  /** There: ConfigMap that says who the cluster is. */
  clusterConfig: 'offload-cluster',
  agent: 'offload-agent',
  gateway: 'offload-gateway',
  /** Tenant, claim and NamespaceMap of a tenant namespace. */
  peering: 'peering',
  /** Account of an invitation, and the Secret that its token is bound to. */
  invitation: 'invitation',
  /** The NamespaceOffloading of a namespace. */
  offloading: 'offloading',
} as const;

export const labels = {
  tenantNamespace: 'liqo.io/tenant-namespace',
  tenantOfTwin: 'offloading.interspan.dev/tenant',
  remoteClusterID: 'liqo.io/remote-cluster-id',
  /** On nodes: `virtual-node`. */
  type: 'liqo.io/type',
  schedulingEnabled: 'liqo.io/scheduling-enabled',
  /** On offloaded namespaces: their strategy, for the scheduling policy. */
  strategy: 'offloading.interspan.dev/strategy',
  /** On what the agent made: {@link product}. */
  manager: 'app.kubernetes.io/managed-by',
  partOf: 'app.kubernetes.io/part-of',
  /** Prefix of labels on virtual nodes. */
  namespaceOnNode: 'namespace.offloading.interspan.dev/',
} as const;

/** Value of app.kubernetes.io/part-of on all that we install, and of managed-by on what the agent made. */
export const product = 'interspan';

export const annotations = {
  /** On ForeignClusters and Tenants: `true`, or `forget`. */
  leave: 'offloading.interspan.dev/leave',
  /** On invitation Secrets. */
  invitationFor: 'offloading.interspan.dev/provider',
  /** On the gateway's Service, written by the agent: what invitations say of the gateway's key. */
  gatewayFingerprint: 'offloading.interspan.dev/gateway-fingerprint',
} as const;

/** Prefix of taints that are ours. */
export const taintPrefix = 'offloading.interspan.dev/';

export function virtualNodeName(clusterID: string): string {
  return `liqo-${clusterID}`;
}
