import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { clusterIDSchema, offloadConditionsSchema, stringMapSchema } from './fields.ts';

const specSchema = {
  type: 'object',
  description: 'Which cluster this is about. Made by the agent; people only read it.',
  properties: { clusterID: clusterIDSchema },
  required: ['clusterID'],
  'x-kubernetes-validations': [
    {
      rule: 'self.clusterID == oldSelf.clusterID',
      message: 'clusterID is immutable',
      holds: () => true,
    },
  ],
} as const satisfies Schema;

const moduleSchema = {
  type: 'object',
  properties: { enabled: { type: 'boolean' }, conditions: offloadConditionsSchema },
  required: ['enabled'],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'How the peering stands.',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    role: {
      type: 'string',
      description: 'What the other cluster is to this one.',
      enum: ['Consumer', 'Provider', 'ConsumerAndProvider', 'Unknown'],
    },
    phase: {
      type: 'string',
      description:
        'Ours. Pending until the peering stands; Departed when it was ended without the other side.',
      enum: ['Pending', 'Established', 'Unreachable', 'Refused', 'Leaving', 'Departed'],
    },
    outgoingPeering: { type: 'string', description: 'Ours: None, Pending, Established, Error or Departed.' },
    incomingPeering: { type: 'string', description: 'Ours: None, Pending, Established or Error.' },
    networking: { type: 'string', description: 'Ours: None, Pending, Established or Error.' },
    authentication: { type: 'string', description: 'Ours: None, Pending, Established or Error.' },
    modules: {
      type: 'object',
      properties: { networking: moduleSchema, authentication: moduleSchema, offloading: moduleSchema },
    },
    apiServerUrl: { type: 'string' },
    foreignProxyUrl: { type: 'string' },
    tenantNamespace: stringMapSchema,
    conditions: offloadConditionsSchema,
  },
} as const satisfies Schema;

/** A cluster that this one peers with. Liqo's, with status.phase and the four status words of its 0.x columns added. */
export interface ForeignCluster extends KubeObject {
  readonly spec: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `foreignclusters.core.liqo.io`; named by the other cluster's id. */
export const foreignClusters: Resource<ForeignCluster> = {
  group: 'core.liqo.io',
  version: 'v1beta1',
  kind: 'ForeignCluster',
  plural: 'foreignclusters',
  namespaced: false,
};

export const foreignClusterKind: CustomKind = {
  resource: foreignClusters,
  description: 'A cluster that this one peers with.',
  singular: 'foreigncluster',
  shortNames: ['fc'],
  categories: ['liqo'],
  printerColumns: [
    { name: 'Role', type: 'string', jsonPath: '.status.role' },
    { name: 'Outgoing Peering', type: 'string', jsonPath: '.status.outgoingPeering' },
    { name: 'Incoming Peering', type: 'string', jsonPath: '.status.incomingPeering' },
    { name: 'Networking', type: 'string', jsonPath: '.status.networking' },
    { name: 'Authentication', type: 'string', jsonPath: '.status.authentication' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'ClusterID', type: 'string', jsonPath: '.spec.clusterID', priority: 1 },
    { name: 'API Server', type: 'string', jsonPath: '.status.apiServerUrl', priority: 1 },
  ],
  spec: specSchema,
  status: statusSchema,
};
