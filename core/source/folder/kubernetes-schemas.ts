import type { Schema } from '#core/api/schema.ts';

/*
 * What a folder checks of Kubernetes' own kinds: only the fields that Interspan reads. An API server has checked the
 * rest; a file nobody has, so what is not listed here is kept and never looked at.
 */

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const number = { type: 'integer' } as const;
const texts = { type: 'array', items: text } as const;
const textMap = { type: 'object', additionalProperties: text } as const;

const dnsSubdomain = {
  type: 'string',
  minLength: 1,
  maxLength: 253,
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
} as const;

const listOf = (items: Schema): Schema => ({ type: 'array', items });
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
});

/** ObjectMeta, of every kind. */
export const metadataSchema: Schema = object(
  {
    name: dnsSubdomain,
    namespace: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
    uid: text,
    creationTimestamp: { type: 'string', format: 'date-time' },
    deletionTimestamp: { type: 'string', format: 'date-time' },
    labels: textMap,
    annotations: textMap,
    finalizers: texts,
    ownerReferences: listOf(
      object({ apiVersion: text, kind: text, name: text, uid: text, controller: flag }, [
        'apiVersion',
        'kind',
        'name',
        'uid',
      ]),
    ),
  },
  ['name'],
);

const conditions = listOf(object({ type: text, status: text }, ['type', 'status']));
const loadBalancer = object({ ingress: listOf(object({ ip: text, hostname: text })) });
const backend = object({
  service: object({ name: text, port: object({ name: text, number }) }, ['name']),
});

export const ingressSchema: Schema = object({
  spec: object({
    ingressClassName: text,
    defaultBackend: backend,
    tls: listOf(object({ hosts: texts, secretName: text })),
    rules: listOf(
      object({
        host: text,
        http: object(
          { paths: listOf(object({ path: text, pathType: text, backend }, ['pathType', 'backend'])) },
          ['paths'],
        ),
      }),
    ),
  }),
  status: object({ loadBalancer }),
});

export const serviceSchema: Schema = object({
  spec: object({
    type: text,
    clusterIP: text,
    selector: textMap,
    ports: listOf(object({ name: text, port: number, protocol: text }, ['port'])),
  }),
  status: object({ loadBalancer }),
});

export const endpointSliceSchema: Schema = object(
  {
    addressType: { type: 'string', enum: ['IPv4', 'IPv6', 'FQDN'] },
    endpoints: listOf(
      object(
        {
          addresses: texts,
          conditions: object({ ready: flag, serving: flag, terminating: flag }),
          nodeName: text,
        },
        ['addresses'],
      ),
    ),
    ports: listOf(object({ name: text, port: number, protocol: text })),
  },
  ['addressType'],
);

export const podSchema: Schema = object({
  spec: object({ nodeName: text, hostNetwork: flag }),
  status: object({ phase: text, podIP: text, conditions }),
});

export const nodeSchema: Schema = object({
  status: object({
    addresses: listOf(object({ type: text, address: text }, ['type', 'address'])),
    conditions,
  }),
});
