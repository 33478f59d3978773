import type { Schema } from '#core/api/schema.ts';

const backend = {
  type: 'object',
  description: 'Where requests go: a Service, or another resource of the namespace.',
  properties: {
    service: {
      type: 'object',
      properties: {
        name: { type: 'string', description: 'Service in the namespace of the Gslb.' },
        port: {
          type: 'object',
          description: 'Port of the Service, by name or by number.',
          properties: { name: { type: 'string' }, number: { type: 'integer', format: 'int32' } },
          'x-kubernetes-map-type': 'atomic',
        },
      },
      required: ['name'],
    },
    resource: {
      type: 'object',
      properties: { apiGroup: { type: 'string' }, kind: { type: 'string' }, name: { type: 'string' } },
      required: ['kind', 'name'],
      'x-kubernetes-map-type': 'atomic',
    },
  },
} as const satisfies Schema;

const path = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    pathType: { type: 'string', description: 'Exact, Prefix or ImplementationSpecific.' },
    backend,
  },
  required: ['backend', 'pathType'],
} as const satisfies Schema;

/**
 * spec.ingress of a Gslb: networking.k8s.io/v1 IngressSpec, with two differences that k8gb made: the default backend
 * is called `backend`, and `rules[].http` is required.
 */
export const embeddedIngressSchema = {
  type: 'object',
  description: 'An Ingress to create for this Gslb. Leave it out when resourceRef names one that exists.',
  properties: {
    ingressClassName: { type: 'string' },
    backend,
    rules: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          host: { type: 'string', description: 'DNS name that is balanced over the clusters.' },
          http: {
            type: 'object',
            properties: { paths: { type: 'array', items: path, 'x-kubernetes-list-type': 'atomic' } },
            required: ['paths'],
          },
        },
        required: ['http'],
      },
    },
    tls: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          hosts: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
          secretName: { type: 'string' },
        },
      },
    },
  },
} as const satisfies Schema;
