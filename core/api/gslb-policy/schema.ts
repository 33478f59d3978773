import { conditionsSchema, observedGenerationSchema } from '#core/api/condition-schema.ts';
import type { CustomKind } from '#core/api/custom-kind.ts';
import {
  addressesSchema,
  durationSchema,
  geoTagSchema,
  overrideInForceProperties,
  overrideProperties,
  prefixSchema,
} from '#core/api/gslb/fields.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { probeSchema } from './probe-schema.ts';

const targetProperties = {
  group: { type: 'string', enum: ['k8gb.io', 'k8gb.absa.oss'], default: 'k8gb.io' },
  kind: { type: 'string', enum: ['Gslb'], default: 'Gslb' },
  name: { type: 'string', minLength: 1, maxLength: 253, description: 'A Gslb of the same namespace.' },
  sectionName: {
    type: 'string',
    minLength: 1,
    maxLength: 253,
    description: 'One host of the Gslb. Absent: all of them that no other policy names.',
  },
} as const satisfies Schema['properties'];

const netsSchema = {
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    properties: { prefix: prefixSchema, geoTag: geoTagSchema },
    required: ['prefix', 'geoTag'],
  },
  'x-kubernetes-list-type': 'map',
} as const;

interface WithMode {
  readonly mode?: string;
  readonly after?: string;
  readonly addresses?: readonly string[];
}

const failbackSchema = {
  type: 'object',
  description: 'When a host goes back to a cluster that ranks higher and is healthy again.',
  properties: {
    mode: {
      type: 'string',
      enum: ['Auto', 'Manual', 'After'],
      default: 'Auto',
      description:
        'Auto: at once. Manual: not before the active cluster fails or is drained. After: see after.',
    },
    after: {
      ...durationSchema,
      description: 'Mode After: for how long it must have been healthy, for example 10m.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.mode != 'After' || has(self.after)",
      message: 'failback mode After needs a duration: set failback.after, for example 10m',
      holds: ({ mode, after }: WithMode) => mode !== 'After' || after !== undefined,
    },
    {
      rule: "self.mode == 'After' || !has(self.after)",
      message:
        'failback.after counts with mode After only: set failback.mode to After, or remove failback.after',
      holds: ({ mode, after }: WithMode) => mode === 'After' || after === undefined,
    },
  ],
} as const satisfies Schema;

const whenAllDownSchema = {
  type: 'object',
  description: 'What a host answers while no cluster has a healthy address for it.',
  properties: {
    mode: {
      type: 'string',
      enum: ['NoData', 'LastGood', 'All', 'Fallback'],
      default: 'NoData',
      description:
        'NoData: nothing. LastGood: its last answer that was not empty. All: every address that is known. Fallback: addresses.',
    },
    addresses: { ...addressesSchema, description: 'Mode Fallback: the addresses of the answer.' },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.mode != 'Fallback' || (has(self.addresses) && size(self.addresses) > 0)",
      message: 'whenAllDown mode Fallback needs addresses: set whenAllDown.addresses',
      holds: ({ mode, addresses }: WithMode) => mode !== 'Fallback' || (addresses?.length ?? 0) > 0,
    },
    {
      rule: "self.mode == 'Fallback' || !has(self.addresses)",
      message:
        'whenAllDown.addresses counts with mode Fallback only: set whenAllDown.mode to Fallback, or remove the addresses',
      holds: ({ mode, addresses }: WithMode) => mode === 'Fallback' || addresses === undefined,
    },
  ],
} as const satisfies Schema;

const specSchema = {
  type: 'object',
  description: 'What is wanted of the hosts that it is attached to.',
  properties: {
    targetRefs: {
      type: 'array',
      description:
        'What it is attached to. Of several policies that name one host, the one that names it by sectionName counts, then the oldest.',
      minItems: 1,
      maxItems: 16,
      items: { type: 'object', properties: targetProperties, required: ['name'] },
    },
    failover: {
      type: 'object',
      description: 'Strategy failover.',
      properties: {
        order: {
          type: 'array',
          description:
            'Clusters behind the primary, first to last; all others follow in the order of their geotags.',
          maxItems: 64,
          items: geoTagSchema,
          'x-kubernetes-list-type': 'set',
        },
        failback: failbackSchema,
      },
    },
    nets: {
      ...netsSchema,
      description:
        'Strategy geoip: cluster of the clients of a network, before any database; the longest prefix counts.',
      'x-kubernetes-list-map-keys': ['prefix'],
    },
    fence: {
      ...netsSchema,
      description: 'Clusters that take clients of these networks only.',
      'x-kubernetes-list-map-keys': ['prefix', 'geoTag'],
    },
    affinity: {
      type: 'object',
      description: 'Clients of one network get the same cluster.',
      properties: {
        ipv4Bits: {
          type: 'integer',
          minimum: 1,
          maximum: 32,
          default: 24,
          description: 'How long such a network is.',
        },
        ipv6Bits: {
          type: 'integer',
          minimum: 1,
          maximum: 128,
          default: 56,
          description: 'The same for IPv6.',
        },
      },
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'Most addresses of a family in one answer.',
    },
    whenAllDown: whenAllDownSchema,
    addresses: {
      ...addressesSchema,
      description:
        'Addresses of this cluster for these hosts, instead of those that status or nodes show. The annotations of a Gslb go before them.',
    },
    probe: probeSchema,
    overrides: {
      type: 'array',
      description: 'What a person wants of clusters for these hosts, whatever their health.',
      maxItems: 64,
      items: {
        type: 'object',
        properties: { geoTag: geoTagSchema, ...overrideProperties },
        required: ['geoTag', 'state'],
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['geoTag'],
    },
    safety: {
      type: 'object',
      description: 'What overrides must not do, unless they break the glass.',
      properties: {
        minClustersOn: {
          type: 'integer',
          minimum: 0,
          maximum: 1000,
          default: 0,
          description: 'Clusters that overrides must leave.',
        },
        wait: {
          ...durationSchema,
          description: 'An override begins no sooner than this after the one before it began.',
        },
      },
    },
  },
  required: ['targetRefs'],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'What became of it.',
  properties: {
    targets: {
      type: 'array',
      description: 'What it is attached to.',
      maxItems: 16,
      items: {
        type: 'object',
        properties: {
          group: { type: 'string' },
          kind: { type: 'string' },
          name: { type: 'string' },
          sectionName: { type: 'string' },
          attached: { type: 'boolean', description: 'Whether it counts for any host of the target.' },
          hosts: { type: 'array', items: { type: 'string' }, description: 'Hosts that it counts for.' },
          message: { type: 'string', description: 'Why not, or not for all.' },
        },
        required: ['group', 'kind', 'name', 'attached'],
      },
      'x-kubernetes-list-type': 'atomic',
    },
    attached: { type: 'string', description: 'Gslbs that it counts for, with commas between.' },
    drained: { type: 'string', description: 'Clusters that it drains now, with commas between.' },
    overrides: {
      type: 'array',
      description: 'Overrides in force.',
      items: {
        type: 'object',
        properties: { geoTag: { type: 'string' }, ...overrideInForceProperties },
        required: ['geoTag', 'state', 'since'],
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['geoTag'],
    },
    observedGeneration: observedGenerationSchema,
    conditions: conditionsSchema,
  },
} as const satisfies Schema;

/** How hosts of Gslbs of its namespace are answered, beyond what a Gslb can say (Gateway API policy attachment). Ours. */
export interface GslbPolicy extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `gslbpolicies.interspan.dev`. */
export const gslbPolicies: Resource<GslbPolicy> = {
  group: 'interspan.dev',
  version: 'v1alpha1',
  kind: 'GslbPolicy',
  plural: 'gslbpolicies',
  namespaced: true,
};

export const gslbPolicyKind: CustomKind = {
  resource: gslbPolicies,
  description:
    'How hosts of Gslbs are answered: order and failback, networks, fences, affinity, probes, drains, safety rules.',
  singular: 'gslbpolicy',
  shortNames: ['gp'],
  categories: ['interspan'],
  printerColumns: [
    { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].reason' },
    { name: 'Attached', type: 'string', jsonPath: '.status.attached' },
    { name: 'Drained', type: 'string', jsonPath: '.status.drained' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
