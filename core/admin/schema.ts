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
    leftOut: {
      type: 'object',
      description: 'Why the cluster does not answer for the host. Absent: it does.',
      properties: {
        filter: { type: 'string', minLength: 1, description: 'The step of the chain that removed it.' },
        why: { type: 'string' },
      },
      required: ['filter', 'why'],
    },
  },
  required: ['geoTag', 'state', 'addresses'],
} as const satisfies Schema;

const strategySchema = {
  type: 'object',
  properties: {
    type: { type: 'string', minLength: 1 },
    primaryGeoTag: { type: 'string' },
  },
  required: ['type'],
} as const satisfies Schema;

const activeSchema = {
  type: 'object',
  description: 'Failover: the cluster that the host is with.',
  properties: {
    geoTag: { type: 'string', minLength: 1 },
    epoch: { type: 'integer', minimum: 0 },
    since: { type: 'string', description: 'RFC 3339.' },
    reason: { type: 'string' },
  },
  required: ['geoTag', 'epoch', 'since', 'reason'],
} as const satisfies Schema;

const withheldSchema = {
  type: 'array',
  description: 'Addresses of this cluster that are kept back. Absent: none.',
  items: {
    type: 'object',
    properties: { address: { type: 'string', minLength: 1 }, why: { type: 'string' } },
    required: ['address', 'why'],
  },
} as const satisfies Schema;

const heldUntilSchema = {
  type: 'string',
  description:
    'RFC 3339: this cluster is healthy again since a moment; until then others go first. Absent: not held.',
} as const satisfies Schema;

const remarksSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { reason: { type: 'string', minLength: 1 }, message: { type: 'string' } },
    required: ['reason', 'message'],
  },
} as const satisfies Schema;

const hostSchema = {
  type: 'object',
  properties: {
    host: { type: 'string', minLength: 1 },
    zone: { type: 'string', minLength: 1 },
    strategy: strategySchema,
    ttlSeconds: { type: 'integer', minimum: 0, description: 'As the Gslb has it.' },
    gslb: { ...gslbReferenceSchema, description: 'The Gslb that decides about the host.' },
    health: {
      type: 'string',
      enum: ['Healthy', 'Unhealthy', 'NotFound'],
      description: 'Of the Services of this cluster alone.',
    },
    members: { type: 'array', items: memberSchema, description: 'By geotag; this cluster is among them.' },
    active: activeSchema,
    withheld: withheldSchema,
    heldUntil: heldUntilSchema,
    remarks: {
      ...remarksSchema,
      description: 'What the host answers in spite of, for example ProbeSuspect. Absent: nothing.',
    },
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

/** Shape of `GET /explain?host=HOST&client=ADDRESS`. */
export const explanationSchema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', enum: [adminApiVersion] },
    kind: { type: 'string', enum: ['Explanation'] },
    geoTag: { type: 'string', minLength: 1, description: 'The cluster that says this.' },
    host: { type: 'string', minLength: 1, description: 'As asked: lower-case, no trailing dot.' },
    client: { type: 'string', description: 'Address of the client as asked. Absent: any client.' },
    notServed: { type: 'string', description: 'Why there is no answer; then nothing below is there.' },
    decided: {
      type: 'object',
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          description: 'The host of the Gslb that answers; a wildcard may answer for many.',
        },
        zone: { type: 'string', minLength: 1 },
        gslb: gslbReferenceSchema,
        policy: { type: 'string', description: 'namespace/name of the GslbPolicy. Absent: none.' },
        strategy: strategySchema,
        health: { type: 'string', enum: ['Healthy', 'Unhealthy', 'NotFound'] },
        members: { type: 'array', items: memberSchema, description: 'By geotag.' },
        steps: {
          type: 'array',
          description: 'The chain of filters, in order.',
          items: {
            type: 'object',
            properties: {
              filter: { type: 'string', minLength: 1 },
              removed: {
                type: 'array',
                items: {
                  type: 'object',
                  properties: {
                    geoTag: { type: 'string', minLength: 1 },
                    why: { type: 'string' },
                    silent: {
                      type: 'boolean',
                      description: 'It is a peer that is silent. Absent: it is not.',
                    },
                  },
                  required: ['geoTag', 'why'],
                },
              },
              note: { type: 'string', description: 'Why it was passed over, or what it did instead.' },
            },
            required: ['filter', 'removed'],
          },
        },
        remarks: remarksSchema,
        active: activeSchema,
        withheld: withheldSchema,
        heldUntil: heldUntilSchema,
        reconsiderAt: {
          type: 'string',
          description: 'RFC 3339: when time alone changes the decision. Absent: never.',
        },
        answer: {
          type: 'object',
          properties: {
            clusters: {
              type: 'array',
              items: { type: 'string' },
              description: 'Geotags that answer, sorted.',
            },
            addresses: {
              ...addressesSchema,
              description: 'All that this client may get, IPv4 and IPv6; empty: NODATA.',
            },
            varies: {
              type: 'string',
              enum: ['no', 'draw', 'client'],
              description:
                'no: every answer has all of them. draw: each answer has one of `shares`. client: the client decides, which was not given or whose network is hashed.',
            },
            dependsOn: {
              type: 'array',
              items: { type: 'string', enum: ['network', 'place', 'hash', 'draw'] },
              description:
                'On what the answer depends, of whatever client. network: on the networks of a policy that the client is in. place: on its place in the database. hash: on a hash of its network. draw: each answer is drawn. Absent: on nothing.',
            },
            shares: {
              type: 'array',
              description: 'Sets of which one is drawn by weight.',
              items: {
                type: 'object',
                properties: { weight: { type: 'integer', minimum: 0 }, addresses: addressesSchema },
                required: ['weight', 'addresses'],
              },
            },
            scopeBits: {
              type: 'integer',
              minimum: 0,
              maximum: 128,
              description: 'SCOPE of the answer (RFC 7871): bits of the client that it depends on.',
            },
          },
          required: ['clusters', 'addresses', 'varies'],
        },
        ttl: {
          type: 'object',
          properties: {
            seconds: { type: 'integer', minimum: 0 },
            negativeSeconds: { type: 'integer', minimum: 0 },
            cause: { type: 'string', minLength: 1 },
          },
          required: ['seconds', 'negativeSeconds', 'cause'],
        },
      },
      required: [
        'name',
        'zone',
        'gslb',
        'strategy',
        'health',
        'members',
        'steps',
        'remarks',
        'answer',
        'ttl',
      ],
    },
  },
  required: ['apiVersion', 'kind', 'geoTag', 'host'],
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
/** Why a host answers as it does, for one client. */
export type Explanation = FromSchema<typeof explanationSchema>;
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
