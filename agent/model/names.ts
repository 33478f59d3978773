/** Names that several rooms and manifests/offload share. Those with liqo in them are Liqo's. */
export const names = {
  /** In the agent's namespace: ConfigMap with clusterID, clusterLabels (k=v,k=v), apiServerURL, gatewayAddresses. */
  clusterConfig: 'offload-cluster',
  /** In the agent's namespace: Secret with this cluster's keys. */
  identitySecret: 'offload-identity',
  /** In the agent's namespace: Secret with tls.key, tls.crt and table.json; all that the gateway may read. */
  gatewaySecret: 'offload-gateway',
  /** In the agent's namespace: NodePort Service and Deployment. */
  gateway: 'offload-gateway',
  agent: 'offload-agent',
  /** Accounts in a tenant namespace at the provider. */
  invitationAccount: 'invitation',
  tenantAccount: 'tenant',
  /** Secret that the invitation's token is bound to: deleting it ends the token. */
  invitationSecret: 'invitation',
  /** The claim, the Tenant and the NamespaceMap in a tenant namespace are all called so. */
  peering: 'peering',
} as const;

/** ClusterRoles of manifests/offload that the agent binds in namespaces; it may bind these and no others. */
export const roles = {
  /** To the agent, in offloaded namespaces of a consumer. */
  consumerNamespace: 'offload-consumer-namespace',
  /** To the agent, in twin namespaces. */
  twinNamespace: 'offload-twin-namespace',
  /** To the agent, in tenant namespaces of either side. */
  tenantNamespace: 'offload-tenant-namespace',
  /** To a tenant's account, in twin namespaces. */
  tenantInTwin: 'offload-tenant-in-twin',
  /** To a tenant's account, in its tenant namespace. */
  tenantInTenant: 'offload-tenant-in-tenant',
  /** To an invitation's account, in its tenant namespace: get and patch of the claim. */
  invitation: 'offload-invitation',
} as const;

export const labels = {
  /** On namespaces of a peering: "true". Tenant namespaces are called `liqo-tenant-…`. */
  tenantNamespace: 'liqo.io/tenant-namespace',
  /** Id of the other cluster: on tenant and twin namespaces, nodes, VirtualNodes, ResourceSlices. */
  remoteClusterID: 'liqo.io/remote-cluster-id',
  /** On nodes: `virtual-node`. */
  type: 'liqo.io/type',
  /** On offloaded namespaces of a consumer: "true" where pods may go elsewhere. */
  schedulingEnabled: 'liqo.io/scheduling-enabled',
  /** On every offloaded namespace of a consumer: its podOffloadingStrategy, which the admission policy reads. */
  strategy: 'offloading.interspan.dev/strategy',
  /** On objects at a provider: id of the consumer they come from. */
  origin: 'offloading.liqo.io/origin',
  /** On objects at a provider: its own id. */
  destination: 'offloading.liqo.io/destination',
  /** On ForeignClusters and tenant namespaces that the agent made, its to delete: {@link product}. */
  manager: 'app.kubernetes.io/managed-by',
  /** On Pods at a provider: `shadowpod`. */
  managedBy: 'liqo.io/managed-by',
  /** On twin namespaces at a provider: name of the tenant namespace they belong to. */
  tenantOfTwin: 'offloading.interspan.dev/tenant',
  /** On twin namespaces: Service types beside ClusterIP that the tenant may have there, dots between them. */
  allowServiceTypes: 'offloading.interspan.dev/allow-service-types',
  /** On NamespaceMaps: "true", as on Liqo's. */
  replication: 'liqo.io/replication',
  /** Prefix of a label per offloaded namespace on virtual nodes: `<prefix><namespace>: "true"`. */
  namespaceOnNode: 'namespace.offloading.interspan.dev/',
} as const;

/** Value of {@link labels.manager} on what is ours. */
export const product = 'interspan';

export const annotations = {
  skipReflection: 'liqo.io/skip-reflection',
  /** On a local Ingress or Service: addresses that its twins have, JSON by provider id. */
  remoteAddresses: 'offloading.interspan.dev/remote-addresses',
  /** On twin namespaces. */
  originalNamespace: 'liqo.io/original-name',
  /** On twin namespaces: globs of the hosts that Ingresses may have there, commas between them; absent: every one. */
  ingressHosts: 'offloading.interspan.dev/ingress-hosts',
  /** On tenant namespaces of a provider, by its agent: audiences of its API server where they are not the usual ones, commas between. */
  tokenAudiences: 'offloading.interspan.dev/token-audiences',
  /** On Pods at a provider: UID of the consumer's pod. */
  consumerPodUID: 'offloading.interspan.dev/consumer-pod-uid',
  /** On ShadowPods about to be deleted: the grace for their Pod, seconds, where it is not the pod's own. */
  deletionGrace: 'offloading.interspan.dev/deletion-grace-seconds',
  /** On pods of a consumer that run elsewhere. */
  remotePodUID: 'offloading.interspan.dev/remote-pod-uid',
  remotePodIP: 'offloading.interspan.dev/remote-pod-ip',
  remoteNode: 'offloading.interspan.dev/remote-node',
  /** On ForeignClusters and Tenants: `true` asks the agent to end the peering, `forget` also without the other side. */
  leave: 'offloading.interspan.dev/leave',
  /** Set by kubectl offload on invitation Secrets: none other is redeemed. */
  invitationFor: 'offloading.interspan.dev/provider',
} as const;

export const taints = {
  /** Liqo's, on every virtual node: value "true", effect NoExecute. */
  notAllowed: 'virtual-node.liqo.io/not-allowed',
  /** While the provider cannot be reached: effect NoExecute. */
  providerUnreachable: 'offloading.interspan.dev/provider-unreachable',
} as const;
