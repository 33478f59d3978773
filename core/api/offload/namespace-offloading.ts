import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { offloadConditionsSchema } from './fields.ts';

const expressionsSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      key: { type: 'string' },
      operator: { type: 'string' },
      values: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
    },
    required: ['key', 'operator'],
  },
  'x-kubernetes-list-type': 'atomic',
} as const satisfies Schema;

const specSchema = {
  type: 'object',
  description: 'How the namespace spreads.',
  properties: {
    namespaceMappingStrategy: {
      type: 'string',
      description: 'Name of the twin namespace: DefaultName is <namespace>-<id of this cluster>. Immutable.',
      enum: ['EnforceSameName', 'DefaultName', 'SelectedName'],
      default: 'DefaultName',
    },
    remoteNamespaceName: {
      type: 'string',
      description: 'Name of the twin namespace; SelectedName only. Immutable.',
      maxLength: 63,
    },
    podOffloadingStrategy: {
      type: 'string',
      description: 'Where pods may run.',
      enum: ['Local', 'Remote', 'LocalAndRemote'],
      default: 'LocalAndRemote',
    },
    clusterSelector: {
      type: 'object',
      description: 'Labels of the virtual nodes that take part; empty: all of them.',
      properties: {
        nodeSelectorTerms: {
          type: 'array',
          items: {
            type: 'object',
            properties: { matchExpressions: expressionsSchema, matchFields: expressionsSchema },
            'x-kubernetes-map-type': 'atomic',
          },
          'x-kubernetes-list-type': 'atomic',
        },
      },
      'x-kubernetes-map-type': 'atomic',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.namespaceMappingStrategy != 'SelectedName' || (has(self.remoteNamespaceName) && self.remoteNamespaceName != '')",
      message:
        'The RemoteNamespaceName value cannot be empty when using the SelectedName NamespaceMappingStrategy',
      holds: (self: { readonly namespaceMappingStrategy?: string; readonly remoteNamespaceName?: string }) =>
        self.namespaceMappingStrategy !== 'SelectedName' || (self.remoteNamespaceName ?? '') !== '',
    },
    {
      rule: 'self.namespaceMappingStrategy == oldSelf.namespaceMappingStrategy',
      message: 'The NamespaceMappingStrategy value cannot be modified after creation',
      holds: () => true,
    },
    {
      rule: "(has(self.remoteNamespaceName) ? self.remoteNamespaceName : '') == (has(oldSelf.remoteNamespaceName) ? oldSelf.remoteNamespaceName : '')",
      message: 'The RemoteNamespaceName value cannot be modified after creation',
      holds: () => true,
    },
  ],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'Where it spread.',
  properties: {
    remoteNamespaceName: { type: 'string' },
    offloadingPhase: {
      type: 'string',
      enum: ['Ready', 'NoClusterSelected', 'InProgress', 'SomeFailed', 'AllFailed', 'Terminating'],
    },
    remoteNamespacesConditions: {
      type: 'object',
      description: 'By id of the other cluster: conditions OffloadingRequired and Ready.',
      additionalProperties: offloadConditionsSchema,
    },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
  },
} as const satisfies Schema;

/** That a namespace spreads over peers. Liqo's; its name must be `offloading`. */
export interface NamespaceOffloading extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `namespaceoffloadings.offloading.liqo.io`. */
export const namespaceOffloadings: Resource<NamespaceOffloading> = {
  group: 'offloading.liqo.io',
  version: 'v1beta1',
  kind: 'NamespaceOffloading',
  plural: 'namespaceoffloadings',
  namespaced: true,
};

export const namespaceOffloadingKind: CustomKind = {
  resource: namespaceOffloadings,
  description: 'That a namespace spreads over peered clusters.',
  singular: 'namespaceoffloading',
  shortNames: ['nso', 'nsof', 'nsoff', 'nsoffloading'],
  categories: ['liqo'],
  printerColumns: [
    { name: 'NamespaceMappingStrategy', type: 'string', jsonPath: '.spec.namespaceMappingStrategy' },
    { name: 'PodOffloadingStrategy', type: 'string', jsonPath: '.spec.podOffloadingStrategy' },
    { name: 'OffloadingPhase', type: 'string', jsonPath: '.status.offloadingPhase' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    {
      name: 'RemoteNamespaceName',
      type: 'string',
      jsonPath: '.status.remoteNamespaceName',
      priority: 10,
    },
  ],
  spec: specSchema,
  status: statusSchema,
};
