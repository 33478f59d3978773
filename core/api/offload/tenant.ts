import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { clusterIDSchema, offloadConditionsSchema, opaqueSchema, resourceListSchema } from './fields.ts';

const globsSchema = { type: 'array', items: { type: 'string', maxLength: 253 }, maxItems: 100 } as const;

const specSchema = {
  type: 'object',
  description: 'What a consumer may do here.',
  properties: {
    clusterID: {
      ...clusterIDSchema,
      description: 'The consumer. Ours: absent until the invitation is redeemed; immutable then.',
    },
    authzPolicy: { type: 'string', enum: ['KeysExchange', 'TolerateNoHandshake'] },
    publicKey: { type: 'string', format: 'byte' },
    csr: { type: 'string', format: 'byte' },
    signature: { type: 'string', format: 'byte' },
    proxyURL: { type: 'string' },
    tenantCondition: {
      type: 'string',
      description: 'Active; Cordoned: nothing new is admitted; Drained: what runs ends too.',
      enum: ['Active', 'Cordoned', 'Drained'],
      default: 'Active',
    },
    allowedNamespaces: {
      ...globsSchema,
      description:
        'Ours: names that twin namespaces may have beside <namespace>-<clusterID>; * stands for any text.',
    },
    resources: {
      ...resourceListSchema,
      description: 'Ours: what all pods of the consumer may ask for together.',
    },
    podSecurity: {
      type: 'string',
      description: 'Ours: Pod Security level of twin namespaces.',
      enum: ['privileged', 'baseline', 'restricted'],
      default: 'baseline',
    },
    ingressHosts: {
      ...globsSchema,
      description: 'Ours: host names that reflected Ingresses may have. Absent: every one.',
    },
    nodeLabels: {
      type: 'object',
      description: "Ours: labels for the consumer's virtual node, beside those of this cluster.",
      additionalProperties: { type: 'string' },
    },
  },
  'x-kubernetes-validations': [
    {
      rule: '!has(oldSelf.clusterID) || (has(self.clusterID) && self.clusterID == oldSelf.clusterID)',
      message: 'clusterID is immutable once set',
      holds: () => true,
    },
  ],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'How the consumer stands.',
  properties: {
    tenantNamespace: { type: 'string' },
    authParams: opaqueSchema,
    conditions: offloadConditionsSchema,
    usedResources: {
      ...resourceListSchema,
      description: 'Ours: what its pods ask for now, as the scheduler counts.',
    },
    lastSeen: {
      type: 'string',
      format: 'date-time',
      description: 'Ours: when the consumer last gave a sign.',
    },
  },
} as const satisfies Schema;

/** A consumer of this cluster. Liqo's, with policy and usage added. */
export interface Tenant extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `tenants.authentication.liqo.io`: one in each tenant namespace of a provider. */
export const tenants: Resource<Tenant> = {
  group: 'authentication.liqo.io',
  version: 'v1beta1',
  kind: 'Tenant',
  plural: 'tenants',
  namespaced: true,
};

export const tenantKind: CustomKind = {
  resource: tenants,
  description: 'A consumer of this cluster, and what it may do here.',
  singular: 'tenant',
  shortNames: ['tn'],
  categories: ['liqo'],
  printerColumns: [
    { name: 'Condition', type: 'string', jsonPath: '.spec.tenantCondition' },
    { name: 'ClusterID', type: 'string', jsonPath: '.spec.clusterID' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
