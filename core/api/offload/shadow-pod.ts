import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { opaqueSchema } from './fields.ts';

const specSchema = {
  type: 'object',
  description: 'The pod that the consumer asks for. Immutable.',
  properties: {
    pod: opaqueSchema,
    consumerPodUID: { type: 'string', description: "Ours: UID of the consumer's pod.", maxLength: 64 },
  },
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'the spec of a ShadowPod is immutable', holds: () => true },
  ],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: "What became of it; its pod's own status stands on the Pod of the same name.",
  properties: {
    phase: { type: 'string', default: 'Unknown' },
    reason: { type: 'string', description: 'Ours: why no Pod was made (PodRefused, QuotaExceeded …).' },
    message: {
      type: 'string',
      description: 'Ours: the same for people, with who refused it and the remedy.',
    },
  },
} as const satisfies Schema;

/** A pod that a consumer asks the provider to run: the provider makes the Pod of the same name from it. Liqo's. */
export interface ShadowPod extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `shadowpods.offloading.liqo.io`, in twin namespaces. */
export const shadowPods: Resource<ShadowPod> = {
  group: 'offloading.liqo.io',
  version: 'v1beta1',
  kind: 'ShadowPod',
  plural: 'shadowpods',
  namespaced: true,
};

export const shadowPodKind: CustomKind = {
  resource: shadowPods,
  description: 'A pod that a consumer asks this cluster to run.',
  singular: 'shadowpod',
  shortNames: ['shp', 'shpod'],
  categories: ['liqo'],
  printerColumns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
