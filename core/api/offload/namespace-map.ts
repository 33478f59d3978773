import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';

const specSchema = {
  type: 'object',
  description: 'What the consumer asks for.',
  properties: {
    desiredMapping: {
      type: 'object',
      description: 'Twin namespace at the provider by namespace of the consumer.',
      additionalProperties: { type: 'string', maxLength: 63 },
      maxProperties: 1000,
    },
  },
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'What the provider made of it.',
  properties: {
    currentMapping: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          remoteNamespace: { type: 'string' },
          phase: { type: 'string', enum: ['Accepted', 'CreationLoopBackOff', 'Terminating'] },
          reason: {
            type: 'string',
            description: 'Ours: why it is not Accepted (NotGranted, NamespaceExists, ForeignObjectsLeft …).',
          },
          message: { type: 'string', description: 'Ours: the same for people, with the remedy.' },
        },
      },
    },
  },
} as const satisfies Schema;

/** Namespaces of a consumer and their twins at one provider. Liqo's, with a reason and message per namespace added. */
export interface NamespaceMap extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `namespacemaps.offloading.liqo.io`: one per peering in the tenant namespaces of both sides. */
export const namespaceMaps: Resource<NamespaceMap> = {
  group: 'offloading.liqo.io',
  version: 'v1beta1',
  kind: 'NamespaceMap',
  plural: 'namespacemaps',
  namespaced: true,
};

export const namespaceMapKind: CustomKind = {
  resource: namespaceMaps,
  description: 'Namespaces of a consumer and their twins at a provider.',
  singular: 'namespacemap',
  shortNames: ['nm', 'nsmap'],
  categories: ['liqo'],
  printerColumns: [
    { name: 'Local', type: 'string', jsonPath: '.metadata.labels.liqo\\.io/replication' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
