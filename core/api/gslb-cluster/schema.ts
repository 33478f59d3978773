import { conditionsSchema, observedGenerationSchema } from '#core/api/condition-schema.ts';
import type { CustomKind } from '#core/api/custom-kind.ts';
import { overrideInForceProperties, overrideProperties } from '#core/api/gslb/fields.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';

interface Location {
  readonly country?: string;
  readonly continent?: string;
  readonly label?: string;
}

const specSchema = {
  type: 'object',
  description: 'What is wanted of the cluster, and what is known of it.',
  properties: {
    override: {
      type: 'object',
      description: 'What a person wants of the cluster, whatever its health. Take it away to end it.',
      properties: overrideProperties,
      required: ['state'],
    },
    location: {
      type: 'object',
      description:
        'Where the cluster is, for strategy geoip. Absent: it is looked for by the addresses of the cluster.',
      properties: {
        country: {
          type: 'string',
          maxLength: 2,
          description: 'ISO 3166-1 alpha-2, for example DE.',
          'x-kubernetes-validations': [
            {
              rule: "self.matches('^[A-Z]{2}$')",
              message: 'country is two capital letters of ISO 3166-1, for example DE',
              holds: (self: string) => /^[A-Z]{2}$/.test(self),
            },
          ],
        },
        continent: { type: 'string', enum: ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'] },
        label: {
          type: 'string',
          minLength: 1,
          maxLength: 253,
          description:
            'What the chosen field of the database says of clients near to it, for example a data centre.',
        },
      },
      'x-kubernetes-validations': [
        {
          rule: 'has(self.country) || has(self.continent) || has(self.label)',
          message: 'location says nothing: give country, continent or label, or leave location out',
          holds: ({ country, continent, label }: Location) =>
            country !== undefined || continent !== undefined || label !== undefined,
        },
      ],
    },
  },
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'How this cluster sees that one.',
  properties: {
    state: {
      type: 'string',
      enum: ['Own', 'Answering', 'Refusing', 'Silent', 'Unknown'],
      description:
        'Own: this cluster itself. Of others: Answering; Refusing: alive, but answers errors; Silent: its addresses are withdrawn; Unknown: it has never answered.',
    },
    hosts: { type: 'integer', minimum: 0, description: 'Hosts with healthy addresses there.' },
    override: {
      type: 'object',
      description: 'The override in force.',
      properties: overrideInForceProperties,
      required: ['state', 'since'],
    },
    observedGeneration: observedGenerationSchema,
    conditions: conditionsSchema,
  },
} as const satisfies Schema;

/** One member of the fleet, named by its geotag: what is wanted of it, and how this cluster sees it. Ours. */
export interface GslbCluster extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `gslbclusters.interspan.dev`. */
export const gslbClusters: Resource<GslbCluster> = {
  group: 'interspan.dev',
  version: 'v1alpha1',
  kind: 'GslbCluster',
  plural: 'gslbclusters',
  namespaced: false,
};

export const gslbClusterKind: CustomKind = {
  resource: gslbClusters,
  description:
    'One cluster of the fleet, named by its geotag: drained or not, where it is, how it is seen from here.',
  singular: 'gslbcluster',
  shortNames: ['gc'],
  categories: ['interspan'],
  rules: [
    {
      rule: "self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$') && size(self.metadata.name) < 64",
      message:
        'a GslbCluster is named by the geotag of its cluster: at most 63 lower-case letters, digits and dashes, no dots',
      holds: ({ metadata }: GslbCluster) =>
        metadata.name.length < 64 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(metadata.name),
    },
  ],
  printerColumns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Hosts', type: 'integer', jsonPath: '.status.hosts' },
    { name: 'Override', type: 'string', jsonPath: '.status.override.state' },
    { name: 'Until', type: 'string', jsonPath: '.status.override.until' },
    { name: 'Reason', type: 'string', jsonPath: '.status.override.reason', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
