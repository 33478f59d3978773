/** Why something is not as a consumer, or an administrator, asked: a stable word, and a sentence with the remedy. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/**
 * `InvalidConsumer`: its claim cannot be read. `OwnCluster`: a cluster cannot peer with itself. `ClusterIDTaken`: its
 * id belongs to another. `GatewayKeyTaken`: so does its gateway's key. `AlreadyPeered`: it has a peering. `ConsumerChanged`: the claim is not its who was accepted.
 * `InvalidName`, `Reserved`, `NotGranted`, `NamespaceExists`, `NamespaceTerminating`, `MappedTwice`, `Cordoned`,
 * `Drained`, `NotMadeYet`: why a twin namespace was not made.
 */
export type RefusalReason =
  | 'InvalidConsumer'
  | 'OwnCluster'
  | 'ClusterIDTaken'
  | 'GatewayKeyTaken'
  | 'AlreadyPeered'
  | 'ConsumerChanged'
  | 'InvalidName'
  | 'Reserved'
  | 'NotGranted'
  | 'NamespaceExists'
  | 'NamespaceTerminating'
  | 'MappedTwice'
  | 'Cordoned'
  | 'Drained'
  | 'NotMadeYet';

export const refusals = {
  invalidConsumer: (what: string): Refusal => ({
    reason: 'InvalidConsumer',
    message: `${what}; peer again from a cluster whose offload-agent has an identity (kubectl offload install --cluster-id ID there) with a new invitation`,
  }),
  ownCluster: (clusterID: string): Refusal => ({
    reason: 'OwnCluster',
    message: `${clusterID} is this cluster: it cannot peer with itself; give the other cluster an id of its own (kubectl offload install --cluster-id ID) and invite it again`,
  }),
  clusterIDTaken: (clusterID: string, what: 'UID' | 'key', tenantNamespace: string): Refusal => ({
    reason: 'ClusterIDTaken',
    message: `the id ${clusterID} belongs to a cluster with another ${what} (Tenant ${tenantNamespace}/peering); give the new one another id, or end the old peering here (kubectl offload unpeer ${clusterID}) and invite again`,
  }),
  gatewayKeyTaken: (clusterID: string, tenantNamespace: string): Refusal => ({
    reason: 'GatewayKeyTaken',
    message: `the gateway of ${clusterID} has the key of another consumer's (Tenant ${tenantNamespace}/peering), and a connection would tell nobody whose it is; have ${clusterID} make keys of its own (delete Secret offload-identity there) and invite it again`,
  }),
  alreadyPeered: (clusterID: string, tenantNamespace: string): Refusal => ({
    reason: 'AlreadyPeered',
    message: `${clusterID} has a peering here already (Tenant ${tenantNamespace}/peering); to begin anew, end that first (kubectl offload unpeer ${clusterID}) and invite again`,
  }),
  consumerChanged: (clusterID: string): Refusal => ({
    reason: 'ConsumerChanged',
    message: `the claim is no longer that of ${clusterID}, which was accepted: no token is sealed for anybody else; end this peering here (kubectl offload unpeer ${clusterID}) and invite again`,
  }),
  invalidName: (remote: string): Refusal => ({
    reason: 'InvalidName',
    message: `${JSON.stringify(remote.slice(0, 80))} cannot be a namespace: at most 63 of a-z, 0-9 and -; use a shorter name, or namespaceMappingStrategy SelectedName`,
  }),
  reserved: (remote: string): Refusal => ({
    reason: 'Reserved',
    message: `${remote} is a namespace of the provider's system and is never a twin; choose another name`,
  }),
  notGranted: (remote: string, byDefault: string): Refusal => ({
    reason: 'NotGranted',
    message: `the provider allows ${byDefault} and not ${remote}; its administrator may allow it when inviting (kubectl offload generate peer-command --allow-namespace ${remote}) or add it to spec.allowedNamespaces of the Tenant`,
  }),
  namespaceExists: (remote: string): Refusal => ({
    reason: 'NamespaceExists',
    message: `namespace ${remote} exists at the provider and was not made for this peering; it is taken when that one is gone`,
  }),
  namespaceTerminating: (remote: string): Refusal => ({
    reason: 'NamespaceTerminating',
    message: `namespace ${remote} is being deleted at the provider; it is made again when that is done`,
  }),
  mappedTwice: (remote: string, other: string): Refusal => ({
    reason: 'MappedTwice',
    message: `${remote} is already the twin of namespace ${other}; choose another name`,
  }),
  notMadeYet: (remote: string): Refusal => ({
    reason: 'NotMadeYet',
    message: `${remote} is being made at the provider; if this stays, the log of its offload-agent says why`,
  }),
  cordoned: (word: 'Cordoned' | 'Drained'): Refusal => ({
    reason: word,
    message: `the provider admits nothing new of this cluster (spec.tenantCondition of the Tenant is ${word})`,
  }),
} as const;
