import { conditionsSchema, observedGenerationSchema } from '#core/api/condition-schema.ts';
import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';

interface Zones {
  readonly loadBalancedZone: string;
  readonly parentZone: string;
}

const specSchema = {
  type: 'object',
  description: 'What is wanted.',
  properties: {
    loadBalancedZone: {
      type: 'string',
      maxLength: 253,
      description: 'The zone that the clusters answer for.',
    },
    parentZone: { type: 'string', maxLength: 253, description: 'The zone at the edge that delegates it.' },
    dnsZoneNegTTL: {
      type: 'integer',
      minimum: 0,
      maximum: 2147483647,
      description: 'Upper bound of the TTL of negative answers, seconds.',
    },
    doFinalize: {
      type: 'boolean',
      default: false,
      description: 'Whether deleting this object withdraws the delegation from the edge.',
    },
  },
  required: ['loadBalancedZone', 'parentZone', 'dnsZoneNegTTL'],
  'x-kubernetes-validations': [
    {
      rule: 'self.loadBalancedZone != self.parentZone',
      message: 'loadBalancedZone must not equal parentZone',
      holds: (self: Zones) => self.loadBalancedZone !== self.parentZone,
    },
    {
      rule: "self.loadBalancedZone.endsWith('.' + self.parentZone)",
      message: 'loadBalancedZone must be subdomain',
      holds: (self: Zones) => self.loadBalancedZone.endsWith(`.${self.parentZone}`),
    },
  ],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'What the edge holds.',
  properties: {
    dnsServers: {
      type: 'array',
      description: 'Name servers of the zone, with their addresses.',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, address: { type: 'string' } },
        required: ['name', 'address'],
      },
    },
    observedGeneration: observedGenerationSchema,
    conditions: conditionsSchema,
  },
} as const satisfies Schema;

/** A zone that the clusters answer for. k8gb's, with status.conditions and status.observedGeneration added. */
export interface ZoneDelegation extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `zonedelegations.k8gb.io`. */
export const zoneDelegations: Resource<ZoneDelegation> = {
  group: 'k8gb.io',
  version: 'v1beta1',
  kind: 'ZoneDelegation',
  plural: 'zonedelegations',
  namespaced: false,
};

export const zoneDelegationKind: CustomKind = {
  resource: zoneDelegations,
  description: 'A DNS zone that the clusters answer for, delegated by a zone at the edge.',
  singular: 'zonedelegation',
  shortNames: ['zd'],
  printerColumns: [
    { name: 'LoadBalancedZone', type: 'string', jsonPath: '.spec.loadBalancedZone' },
    { name: 'ParentZone', type: 'string', jsonPath: '.spec.parentZone' },
    { name: 'NegTTL', type: 'integer', jsonPath: '.spec.dnsZoneNegTTL' },
  ],
  spec: specSchema,
  status: statusSchema,
};
