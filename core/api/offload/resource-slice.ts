import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import {
  clusterIDSchema,
  offloadConditionsSchema,
  opaqueSchema,
  resourceListSchema,
  stringMapSchema,
} from './fields.ts';

const classesSchema = { type: 'array', items: opaqueSchema, 'x-kubernetes-list-type': 'atomic' } as const;

const specSchema = {
  type: 'object',
  description: 'Who gives to whom.',
  properties: {
    consumerClusterID: clusterIDSchema,
    providerClusterID: clusterIDSchema,
    resources: resourceListSchema,
    class: { type: 'string' },
    csr: { type: 'string', format: 'byte', description: 'Not used.' },
  },
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'What was granted.',
  properties: {
    conditions: offloadConditionsSchema,
    resources: resourceListSchema,
    authParams: opaqueSchema,
    storageClasses: classesSchema,
    ingressClasses: classesSchema,
    loadBalancerClasses: classesSchema,
    nodeLabels: stringMapSchema,
    nodeSelector: stringMapSchema,
  },
} as const satisfies Schema;

/**
 * What a provider grants, shown on the consumer's side. Liqo's; here it only mirrors the provider's grant, nothing
 * that stands in it is believed by a provider.
 */
export interface ResourceSlice extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `resourceslices.authentication.liqo.io`; say the group, Kubernetes has a kind of that name. */
export const resourceSlices: Resource<ResourceSlice> = {
  group: 'authentication.liqo.io',
  version: 'v1beta1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  namespaced: true,
};

export const resourceSliceKind: CustomKind = {
  resource: resourceSlices,
  description: 'What a provider grants to this cluster.',
  singular: 'resourceslice',
  shortNames: ['rslice'],
  categories: ['liqo'],
  printerColumns: [
    {
      name: 'Authentication',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Authentication")].status',
    },
    { name: 'Resources', type: 'string', jsonPath: '.status.conditions[?(@.type=="Resources")].status' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
