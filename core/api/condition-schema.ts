import type { Schema } from './schema.ts';

/** status.conditions as Kubernetes' API conventions have it (metav1.Condition). */
export const conditionsSchema = {
  type: 'array',
  description: 'Conditions of this object, one per type.',
  items: {
    type: 'object',
    properties: {
      type: { type: 'string', description: 'What the condition is about, CamelCase.', maxLength: 316 },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: { type: 'string', description: 'Why, as one CamelCase word.', minLength: 1, maxLength: 1024 },
      message: { type: 'string', description: 'The facts and the remedy, for people.', maxLength: 32768 },
      lastTransitionTime: { type: 'string', format: 'date-time', description: 'When status last changed.' },
      observedGeneration: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        description: 'metadata.generation that the condition was computed from.',
      },
    },
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const satisfies Schema;

/** status.observedGeneration. */
export const observedGenerationSchema = {
  type: 'integer',
  format: 'int64',
  minimum: 0,
  description: 'metadata.generation that this status was computed from.',
} as const satisfies Schema;
