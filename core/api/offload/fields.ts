import type { Schema } from '#core/api/schema.ts';

/** A cluster's id: a DNS label, short enough that `liqo-<id>` and `<namespace>-<id>` are names too. */
export const clusterIDSchema = {
  type: 'string',
  description: 'Id of a cluster.',
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  maxLength: 58,
} as const satisfies Schema;

/** A map of quantities by resource name; numbers are taken as well as text. */
export const resourceListSchema = {
  type: 'object',
  description: 'Amounts by resource: cpu, memory, pods, ephemeral-storage and extended resources.',
  additionalProperties: { type: 'string', 'x-kubernetes-int-or-string': true },
} as const satisfies Schema;

export const stringMapSchema = {
  type: 'object',
  additionalProperties: { type: 'string' },
} as const satisfies Schema;

/** An object whose schema is Kubernetes' own, or that only Liqo's engine reads: kept as it is. */
export const opaqueSchema = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
} as const satisfies Schema;

/**
 * Conditions as Liqo has them: `status` says a word of its own beside True, False and Unknown, which are ours, so that
 * `kubectl wait --for=condition=TYPE` works.
 */
export const offloadConditionsSchema = {
  type: 'array',
  description: 'Conditions, one per type.',
  items: {
    type: 'object',
    properties: {
      type: { type: 'string', maxLength: 316 },
      status: {
        type: 'string',
        description:
          'True, False or Unknown; objects of Liqo may say None, Pending, Established, Error, Ready and the like.',
        maxLength: 32,
      },
      reason: { type: 'string', maxLength: 1024 },
      message: { type: 'string', maxLength: 32768 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    },
    required: ['type', 'status'],
  },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const satisfies Schema;
