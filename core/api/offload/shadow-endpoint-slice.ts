import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';

const specSchema = {
  type: 'object',
  description: 'The endpoints of a Service that do not run at the provider.',
  properties: {
    template: {
      type: 'object',
      properties: {
        addressType: { type: 'string' },
        endpoints: {
          type: 'array',
          description: 'nodeName is the id of the cluster that the pod runs in, targetRef.uid the pod.',
          items: {
            type: 'object',
            properties: {
              addresses: {
                type: 'array',
                items: { type: 'string' },
                maxItems: 100,
                'x-kubernetes-list-type': 'set',
              },
              conditions: {
                type: 'object',
                properties: {
                  ready: { type: 'boolean' },
                  serving: { type: 'boolean' },
                  terminating: { type: 'boolean' },
                },
              },
              hostname: { type: 'string' },
              nodeName: { type: 'string' },
              zone: { type: 'string' },
              deprecatedTopology: { type: 'object', additionalProperties: { type: 'string' } },
              hints: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              targetRef: {
                type: 'object',
                properties: {
                  apiVersion: { type: 'string' },
                  fieldPath: { type: 'string' },
                  kind: { type: 'string' },
                  name: { type: 'string' },
                  namespace: { type: 'string' },
                  resourceVersion: { type: 'string' },
                  uid: { type: 'string' },
                },
                'x-kubernetes-map-type': 'atomic',
              },
            },
            required: ['addresses'],
          },
          maxItems: 1000,
          'x-kubernetes-list-type': 'atomic',
        },
        ports: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              port: { type: 'integer', format: 'int32' },
              protocol: { type: 'string' },
              appProtocol: { type: 'string' },
            },
            'x-kubernetes-map-type': 'atomic',
          },
          maxItems: 100,
          'x-kubernetes-list-type': 'atomic',
        },
      },
    },
  },
} as const satisfies Schema;

const statusSchema = { type: 'object', description: 'Not used.' } as const satisfies Schema;

/** Endpoints of a Service elsewhere, as the consumer tells a provider. Liqo's. */
export interface ShadowEndpointSlice extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
}

/** `shadowendpointslices.offloading.liqo.io`, in twin namespaces; label `kubernetes.io/service-name` as on slices. */
export const shadowEndpointSlices: Resource<ShadowEndpointSlice> = {
  group: 'offloading.liqo.io',
  version: 'v1beta1',
  kind: 'ShadowEndpointSlice',
  plural: 'shadowendpointslices',
  namespaced: true,
};

export const shadowEndpointSliceKind: CustomKind = {
  resource: shadowEndpointSlices,
  description: 'Endpoints of a Service that run in another cluster.',
  singular: 'shadowendpointslice',
  shortNames: ['shes', 'sheps', 'seps'],
  categories: ['liqo'],
  printerColumns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  spec: specSchema,
  status: statusSchema,
};
