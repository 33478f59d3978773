import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { clusterIDSchema, offloadConditionsSchema, opaqueSchema, stringMapSchema } from './fields.ts';

const classesSchema = { type: 'array', items: opaqueSchema, 'x-kubernetes-list-type': 'atomic' } as const;

const specSchema = {
  type: 'object',
  description: 'What the node shows. Made by the agent from what the provider granted.',
  properties: {
    clusterID: clusterIDSchema,
    labels: stringMapSchema,
    annotations: stringMapSchema,
    taints: classesSchema,
    createNode: { type: 'boolean' },
    disableNetworkCheck: { type: 'boolean', description: 'Not used.' },
    resourceQuota: opaqueSchema,
    offloadingPatch: opaqueSchema,
    template: opaqueSchema,
    kubeconfigSecretRef: opaqueSchema,
    images: classesSchema,
    storageClasses: classesSchema,
    ingressClasses: classesSchema,
    loadBalancerClasses: classesSchema,
    vkOptionsTemplateRef: opaqueSchema,
  },
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'How the node stands.',
  properties: { conditions: offloadConditionsSchema },
} as const satisfies Schema;

/** A provider as a node of this cluster; has the node's name. Liqo's. */
export interface VirtualNode extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `virtualnodes.offloading.liqo.io`: one in the tenant namespace of each provider. */
export const virtualNodes: Resource<VirtualNode> = {
  group: 'offloading.liqo.io',
  version: 'v1beta1',
  kind: 'VirtualNode',
  plural: 'virtualnodes',
  namespaced: true,
};

export const virtualNodeKind: CustomKind = {
  resource: virtualNodes,
  description: 'A provider as a node of this cluster.',
  singular: 'virtualnode',
  shortNames: ['vn', 'vnode', 'virno', 'vno'],
  categories: ['liqo'],
  printerColumns: [
    { name: 'ClusterID', type: 'string', jsonPath: '.spec.clusterID' },
    { name: 'Create Node', type: 'string', jsonPath: '.spec.createNode' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    {
      name: 'Node',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Node")].status',
      priority: 1,
    },
    {
      name: 'VirtualKubelet',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="VirtualKubelet")].status',
      priority: 1,
    },
  ],
  spec: specSchema,
  status: statusSchema,
};
