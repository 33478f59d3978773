import { conditionsSchema } from '#core/api/condition-schema.ts';
import type { CustomKind } from '#core/api/custom-kind.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { FromSchema, Schema } from '#core/api/schema.ts';
import { clusterIDSchema, resourceListSchema, stringMapSchema } from './fields.ts';

const specSchema = {
  type: 'object',
  description: 'Who redeemed the invitation. The first one keeps it.',
  properties: {
    consumer: {
      type: 'object',
      properties: {
        clusterID: clusterIDSchema,
        clusterUID: { type: 'string', description: 'UID of its namespace kube-system.', maxLength: 64 },
        publicKey: {
          type: 'string',
          description: 'X25519, raw, base64: access tokens are sealed for it.',
          maxLength: 64,
        },
        gatewayFingerprint: {
          type: 'string',
          description: "SHA-256 of its gateway's public key (SPKI), base64url without padding.",
          maxLength: 64,
        },
        version: { type: 'string', description: 'Version of its agent.', maxLength: 64 },
      },
      required: ['clusterID', 'clusterUID', 'publicKey', 'gatewayFingerprint'],
      'x-kubernetes-validations': [
        {
          rule: 'self.clusterID == oldSelf.clusterID && self.clusterUID == oldSelf.clusterUID && self.publicKey == oldSelf.publicKey && self.gatewayFingerprint == oldSelf.gatewayFingerprint',
          message: 'the invitation was redeemed before; the claim keeps its first consumer',
          holds: () => true,
        },
      ],
    },
    leaving: { type: 'boolean', description: 'The consumer has left: the provider removes what is its.' },
    heartbeat: {
      type: 'string',
      format: 'date-time',
      description: 'Written by the consumer every 2 minutes.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: '!has(oldSelf.consumer) || has(self.consumer)',
      message: 'the consumer of a claim cannot be taken back',
      holds: () => true,
    },
  ],
} as const satisfies Schema;

const statusSchema = {
  type: 'object',
  description: 'What the provider grants.',
  properties: {
    phase: { type: 'string', enum: ['Open', 'Accepted', 'Refused', 'Leaving', 'Left'] },
    conditions: conditionsSchema,
    token: {
      type: 'object',
      description: 'A token of the tenant account.',
      properties: {
        sealed: { type: 'string', description: "Sealed for the consumer's public key (core/peering/seal)." },
        expirationTimestamp: { type: 'string', format: 'date-time' },
      },
      required: ['sealed', 'expirationTimestamp'],
    },
    grant: {
      type: 'object',
      properties: {
        providerClusterID: clusterIDSchema,
        providerClusterUID: { type: 'string' },
        resources: resourceListSchema,
        nodeLabels: stringMapSchema,
        kubeletVersion: { type: 'string', description: 'Of its nodes; the lowest where they differ.' },
        architecture: { type: 'string', description: 'Of its nodes; the most frequent where they differ.' },
        allowedNamespaces: { type: 'array', items: { type: 'string' } },
        gatewayFingerprint: { type: 'string' },
        gatewayAddresses: {
          type: 'array',
          description: 'HOST:PORT, each of which reaches its gateway.',
          items: { type: 'string' },
        },
      },
      required: ['providerClusterID', 'providerClusterUID', 'resources', 'kubeletVersion', 'architecture'],
    },
  },
} as const satisfies Schema;

/** An invitation as the provider keeps it: what a consumer claims, and what it is granted. Ours. */
export interface PeeringClaim extends KubeObject {
  readonly spec?: FromSchema<typeof specSchema>;
  readonly status?: FromSchema<typeof statusSchema>;
}

/** `peeringclaims.interspan.dev`: one, called `peering`, in each tenant namespace of a provider. */
export const peeringClaims: Resource<PeeringClaim> = {
  group: 'interspan.dev',
  version: 'v1alpha1',
  kind: 'PeeringClaim',
  plural: 'peeringclaims',
  namespaced: true,
};

export const peeringClaimKind: CustomKind = {
  resource: peeringClaims,
  description: 'An invitation: who redeemed it, and what was granted.',
  singular: 'peeringclaim',
  categories: ['liqo'],
  printerColumns: [
    { name: 'Consumer', type: 'string', jsonPath: '.spec.consumer.clusterID' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
