import type { FromSchema, Schema } from '#core/api/schema.ts';

/** Version of everything that the admin endpoint says. Fields may be added within it; readers ignore what they do not know. */
export const adminApiVersion = 'admin.interspan.dev/v1alpha1';

const addressesSchema = { type: 'array', items: { type: 'string' } } as const satisfies Schema;

const gslbReferenceSchema = {
  type: 'object',
  properties: {
    group: { type: 'string', minLength: 1 },
    namespace: { type: 'string', minLength: 1 },
    name: { type: 'string', minLength: 1 },
  },
  required: ['group', 'namespace', 'name'],
} as const satisfies Schema;

const memberSchema = {
  type: 'object',
  description: 'One cluster of the fleet as this sidecar sees it, for one host.',
  properties: {
    geoTag: { type: 'string', minLength: 1 },
    state: {
      type: 'string',
      enum: ['own', 'answering', 'refusing', 'silent', 'unknown'],
      description:
        'own: this cluster. answering: its last word is fresh. refusing: alive, but answers errors; its last word is kept. silent: no word for so long that its addresses are withdrawn. unknown: never heard.',
    },
    addresses: { ...addressesSchema, description: 'Healthy addresses of the host there, sorted.' },
  },
  required: ['geoTag', 'state', 'addresses'],
} as const satisfies Schema;

const hostSchema = {
  type: 'object',
  properties: {
    host: { type: 'string', minLength: 1 },
    zone: { type: 'string', minLength: 1 },
    strategy: {
      type: 'object',
      properties: {
        type: { type: 'string', minLength: 1 },
        primaryGeoTag: { type: 'string' },
      },
      required: ['type'],
    },
    ttlSeconds: { type: 'integer', minimum: 0, description: 'As the Gslb has it.' },
    gslb: { ...gslbReferenceSchema, description: 'The Gslb that decides about the host.' },
    health: {
      type: 'string',
      enum: ['Healthy', 'Unhealthy', 'NotFound'],
      description: 'Of the Services of this cluster alone.',
    },
    members: { type: 'array', items: memberSchema, description: 'By geotag; this cluster is among them.' },
    answer: {
      type: 'object',
      description: 'What a query for the host gets now.',
      properties: {
        addresses: { ...addressesSchema, description: 'IPv4 and IPv6; empty: NODATA.' },
        ttlSeconds: { type: 'integer', minimum: 0 },
      },
      required: ['addresses', 'ttlSeconds'],
    },
  },
  required: ['host', 'zone', 'strategy', 'ttlSeconds', 'gslb', 'health', 'members', 'answer'],
} as const satisfies Schema;

/** Shape of `GET /hosts`. */
export const hostListSchema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', enum: [adminApiVersion] },
    kind: { type: 'string', enum: ['HostList'] },
    geoTag: { type: 'string', minLength: 1, description: 'The cluster that says this.' },
    items: { type: 'array', items: hostSchema },
  },
  required: ['apiVersion', 'kind', 'geoTag', 'items'],
} as const satisfies Schema;

/** Shape of `GET /health`. */
export const healthSchema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', enum: [adminApiVersion] },
    kind: { type: 'string', enum: ['Health'] },
    version: { type: 'string', minLength: 1, description: 'Of the program, for example v0.1.0.' },
    reasons: {
      type: 'array',
      items: { type: 'string' },
      description: 'Why the program should be started again, a sentence each. Default: none.',
    },
  },
  required: ['apiVersion', 'kind', 'version'],
} as const satisfies Schema;

/** All hosts that a sidecar answers for, sorted by host. */
export type HostList = FromSchema<typeof hostListSchema>;
/** One of them. */
export type HostReport = FromSchema<typeof hostSchema>;
/** One cluster's part in a host. */
export type MemberReport = FromSchema<typeof memberSchema>;
/** What `GET /peers` says, for people: all other members of the fleet, sorted by geotag. */
export interface PeerList {
  readonly apiVersion: typeof adminApiVersion;
  readonly kind: 'PeerList';
  /** The cluster that says this. */
  readonly geoTag: string;
  readonly items: readonly {
    readonly geoTag: string;
    readonly state: Exclude<MemberReport['state'], 'own'>;
    /** Hosts that it has healthy addresses for. */
    readonly hosts: number;
  }[];
}

/** What `GET /ready` says, with status 503 while not ready. Its readers are probes, so there is no parser. */
export interface Readiness {
  readonly apiVersion: typeof adminApiVersion;
  readonly kind: 'Readiness';
  readonly ready: boolean;
  /** What is awaited, a sentence each; empty when ready. */
  readonly reasons: readonly string[];
}

/** What `GET /health` says, with status 200 while nothing is wrong that only a restart can mend, else 503. */
export type Health = FromSchema<typeof healthSchema>;
