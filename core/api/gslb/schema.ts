import { conditionsSchema, observedGenerationSchema } from '#core/api/condition-schema.ts';
import type { CustomKind, PrinterColumn } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { embeddedIngressSchema } from './embedded-ingress.ts';

const geoTags = /^[a-zA-Z0-9-]+$/;

const strategySchema = {
  type: 'object',
  description: 'How clients spread over the clusters.',
  properties: {
    // No enum: k8gb admits any word, so an object that says another one must still be there to carry the condition.
    type: { type: 'string', description: 'roundRobin, failover or geoip.' },
    weight: {
      type: 'object',
      description:
        'Share of each cluster by geotag, 0 to 1000; roundRobin only. 0 answers only when all else is down.',
      additionalProperties: { type: 'integer', minimum: 0, maximum: 1000 },
      maxProperties: 256,
      'x-kubernetes-validations': [
        {
          rule: "self.all(tag, tag.matches('^[a-zA-Z0-9-]+$'))",
          message: 'a key of weight is a geotag: letters, digits and dashes',
          holds: (self: Readonly<Record<string, number>>) =>
            Object.keys(self).every((tag) => geoTags.test(tag)),
        },
      ],
    },
    // Any text: k8gb admits it, and has then no primary. It is remarked upon.
    primaryGeoTag: {
      type: 'string',
      description: 'Geotag of the cluster that answers while it is healthy; failover only.',
    },
    dnsTtlSeconds: {
      type: 'integer',
      description: 'Upper bound of the TTL of answers; 0 or absent: 30.',
      minimum: 0,
      maximum: 2147483647,
    },
    splitBrainThresholdSeconds: { type: 'integer', description: 'Not used; accepted for old manifests.' },
  },
  required: ['type'],
} as const satisfies Schema;

const resourceRefSchema = {
  type: 'object',
  description: 'The Ingress, Service, route or VirtualService that is balanced, by name or by labels.',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    name: { type: 'string' },
    namespace: { type: 'string', description: 'Absent: the namespace of the Gslb.' },
    fieldPath: { type: 'string', description: 'Not used.' },
    resourceVersion: { type: 'string', description: 'Not used.' },
    uid: { type: 'string', description: 'Not used.' },
    matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          key: { type: 'string' },
          operator: { type: 'string', description: 'In, NotIn, Exists or DoesNotExist.' },
          values: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
        },
        required: ['key', 'operator'],
      },
      'x-kubernetes-list-type': 'atomic',
    },
  },
  'x-kubernetes-map-type': 'atomic',
} as const satisfies Schema;

const legacySpecSchema = {
  type: 'object',
  description: 'What is wanted.',
  properties: {
    ingress: embeddedIngressSchema,
    strategy: strategySchema,
    resourceRef: resourceRefSchema,
  },
  required: ['strategy'],
} as const satisfies Schema;

const specSchema = {
  ...legacySpecSchema,
  properties: {
    ...legacySpecSchema.properties,
    serviceHealthPolicy: {
      type: 'string',
      enum: ['Any', 'All'],
      default: 'Any',
      description: 'Whether one healthy Service of a host is enough (Any), or every one is needed (All).',
    },
  },
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'What this cluster sees and answers.',
  properties: {
    geoTag: { type: 'string', description: 'Geotag of this cluster.' },
    hosts: { type: 'string', description: 'Hosts, separated by ", ".' },
    serviceHealth: {
      type: 'object',
      description: 'Healthy, Unhealthy or NotFound, by host.',
      additionalProperties: { type: 'string' },
    },
    healthyRecords: {
      type: 'object',
      description: 'Addresses that each host answers with.',
      additionalProperties: { type: 'array', items: { type: 'string' } },
    },
    loadBalancer: {
      type: 'object',
      properties: {
        exposedIps: {
          type: 'array',
          description: 'Addresses of this cluster.',
          items: { type: 'string' },
        },
      },
    },
    servers: {
      type: 'array',
      description: 'Services behind each host.',
      items: {
        type: 'object',
        properties: {
          host: { type: 'string' },
          services: {
            type: 'array',
            items: {
              type: 'object',
              properties: { namespace: { type: 'string' }, name: { type: 'string' } },
              required: ['name', 'namespace'],
            },
          },
        },
      },
    },
    active: {
      type: 'object',
      description: 'With failover: the cluster that each host is with.',
      additionalProperties: {
        type: 'object',
        properties: {
          geoTag: { type: 'string' },
          epoch: {
            type: 'integer',
            format: 'int64',
            minimum: 0,
            description: 'Rises with every change; the highest of all clusters counts.',
          },
          since: { type: 'string', format: 'date-time' },
          reason: { type: 'string', description: 'Why it went there.' },
        },
        required: ['geoTag', 'epoch', 'since', 'reason'],
      },
    },
    leftOut: {
      type: 'object',
      description: 'By host and geotag: clusters that do not answer for it, and why.',
      additionalProperties: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          properties: {
            filter: { type: 'string', description: 'The step of the decision that removed it.' },
            why: { type: 'string' },
          },
          required: ['filter', 'why'],
        },
      },
    },
    withheld: {
      type: 'object',
      description: 'By host: addresses of this cluster that are kept back, with the reason.',
      additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
    },
    health: {
      type: 'string',
      description:
        'Healthy: every host is answered, and healthy in this cluster. Degraded: every host is answered, but not as wanted. Unhealthy: some host is not answered, or the Gslb is refused.',
      enum: ['Healthy', 'Degraded', 'Unhealthy'],
    },
    targets: {
      type: 'string',
      description:
        'All addresses that are answered, separated by commas; the first four, then how many more: `+2`.',
    },
    observedGeneration: observedGenerationSchema,
    conditions: conditionsSchema,
  },
  required: ['geoTag', 'healthyRecords', 'serviceHealth'],
} as const satisfies Schema;

/**
 * A global load balancer: hosts of one application, and how they spread over clusters. Field for field k8gb's, with
 * status.conditions and status.observedGeneration added. `spec` is optional because k8gb's CRD admits objects without.
 */
export interface Gslb extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `gslbs.k8gb.io`, what new objects use. */
export const gslbs: Resource<Gslb> = {
  group: 'k8gb.io',
  version: 'v1beta1',
  kind: 'Gslb',
  plural: 'gslbs',
  namespaced: true,
};

/** `gslbs.k8gb.absa.oss`, k8gb's first group: the same without serviceHealthPolicy. */
export const legacyGslbs: Resource<Gslb> = { ...gslbs, group: 'k8gb.absa.oss' };

// Those of k8gb first, which the tutorial prints and scripts cut out, and without AGE.
const printerColumns: readonly PrinterColumn[] = [
  { name: 'strategy', type: 'string', jsonPath: '.spec.strategy.type' },
  { name: 'geoTag', type: 'string', jsonPath: '.status.geoTag' },
  { name: 'hosts', type: 'string', jsonPath: '.status.hosts', priority: 1 },
  { name: 'health', type: 'string', jsonPath: '.status.health' },
  { name: 'targets', type: 'string', jsonPath: '.status.targets' },
  {
    name: 'degraded',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Degraded")].reason',
    priority: 1,
  },
  {
    name: 'coarseClients',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="CoarseClients")].status',
    priority: 1,
  },
];

export const gslbKind: CustomKind = {
  resource: gslbs,
  description: 'One application that several clusters answer for under one name.',
  singular: 'gslb',
  printerColumns,
  spec: specSchema,
  status: statusSchema,
};

export const legacyGslbKind: CustomKind = { ...gslbKind, resource: legacyGslbs, spec: legacySpecSchema };
