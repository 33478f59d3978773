import type { Schema } from '#core/api/schema.ts';

const geoTag = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A geotag as our own kinds take it: a DNS label. */
export const geoTagSchema = {
  type: 'string',
  description: 'Geotag of a cluster.',
  minLength: 1,
  maxLength: 63,
  'x-kubernetes-validations': [
    {
      rule: "self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",
      message: 'a geotag is lower-case letters, digits and dashes, for example eu-west',
      holds: (self: string) => geoTag.test(self),
    },
  ],
} as const satisfies Schema;

const prefix = /^[0-9a-fA-F.:]+\/[0-9]{1,3}$/;

/** A network. CEL of older API servers cannot read it; whoever takes the object does. */
export const prefixSchema = {
  type: 'string',
  description: 'Network of clients.',
  minLength: 1,
  maxLength: 43,
  'x-kubernetes-validations': [
    {
      rule: "self.matches('^[0-9a-fA-F.:]+/[0-9]{1,3}$')",
      message: 'a prefix is an address, a slash and a length, for example 192.0.2.0/24 or 2001:db8::/32',
      holds: (self: string) => prefix.test(self),
    },
  ],
} as const satisfies Schema;

const address = /^[0-9a-fA-F.:]+$/;

/** Addresses; read whole by whoever takes the object. */
export const addressesSchema = {
  type: 'array',
  maxItems: 64,
  items: {
    type: 'string',
    minLength: 2,
    maxLength: 45,
    'x-kubernetes-validations': [
      {
        rule: "self.matches('^[0-9a-fA-F.:]+$')",
        message: 'an address is IPv4 or IPv6, for example 192.0.2.1 or 2001:db8::1; names are not taken here',
        holds: (self: string) => address.test(self),
      },
    ],
  },
  'x-kubernetes-list-type': 'set',
} as const satisfies Schema;

const duration = /^([0-9]{1,5}(h|m|s)){1,3}$/;

/** A duration as Gateway API writes it, in whole seconds. */
export const durationSchema = {
  type: 'string',
  description: 'Duration, for example 30s, 10m or 1h30m.',
  minLength: 1,
  maxLength: 18,
  'x-kubernetes-validations': [
    {
      rule: "self.matches('^([0-9]{1,5}(h|m|s)){1,3}$')",
      message: 'a duration is whole hours, minutes and seconds, for example 30s, 10m or 1h30m',
      holds: (self: string) => duration.test(self),
    },
  ],
} as const satisfies Schema;

const seconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Seconds of a duration of {@link durationSchema}; undefined for any other text. */
export function durationSeconds(text: string): number | undefined {
  if (!duration.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (seconds[unit ?? ''] ?? 0),
    0,
  );
}

/** What an override says, wherever it stands. */
export const overrideProperties = {
  state: {
    type: 'string',
    enum: ['Drained'],
    description: 'Drained: it gets no clients while another cluster can answer.',
  },
  until: {
    type: 'string',
    format: 'date-time',
    description: 'When it ends by itself. Absent: when it is taken away.',
  },
  reason: { type: 'string', maxLength: 256, description: 'For people.' },
  breakGlass: {
    type: 'boolean',
    default: false,
    description: 'It holds although a safety rule speaks against it.',
  },
} as const satisfies Schema['properties'];

/** An override as it is in force. */
export const overrideInForceProperties = {
  state: { type: 'string', description: 'Drained.' },
  since: { type: 'string', format: 'date-time', description: 'When it was first seen.' },
  until: { type: 'string', format: 'date-time', description: 'When it ends by itself.' },
  reason: { type: 'string' },
} as const satisfies Schema['properties'];
