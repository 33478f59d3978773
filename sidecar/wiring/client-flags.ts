import { FlagError } from '#core/program/errors.ts';
import type { Prefix } from '#core/wire/prefix.ts';
import { prefixList } from './guard-flags.ts';

/** Where clients are taken to be. */
export interface ClientFlags {
  /** Whose word is taken for the network of a client (RFC 7871). */
  readonly subnetTrust: readonly Prefix[];
  /** The database of places; undefined: none. */
  readonly places:
    | { readonly path: string; readonly labelFields: readonly (readonly string[])[] }
    | undefined;
}

export const clientUsage = `Where clients are:
  --geoip-db FILE            place database in the MaxMind DB format, for strategy geoip; read again when it changes
  --geoip-field LIST         fields of its records that name a place beside country and continent, comma between
                             them, a dot before a field within one (default datacenter)
  --ecs-trust LIST           prefixes of resolvers whose EDNS client subnet counts as the client's network, comma
                             between them (default none: the network of the sender counts)
`;

export const clientOptions = {
  'geoip-db': { type: 'string' },
  'geoip-field': { type: 'string' },
  'ecs-trust': { type: 'string' },
} as const;

/** @throws FlagError naming the flag, its value and what is accepted. */
export function clientFlags(
  values: {
    readonly [Name in keyof typeof clientOptions]?: string | undefined;
  },
): ClientFlags {
  return {
    places: places(values['geoip-db'], values['geoip-field']),
    subnetTrust: prefixList(values['ecs-trust'], '--ecs-trust') ?? [],
  };
}

function places(path: string | undefined, fields: string | undefined): ClientFlags['places'] {
  if (path === undefined || path === '') {
    if (fields === undefined || fields === '') return undefined;
    throw new FlagError(
      '--geoip-field needs --geoip-db',
      'give the file too, for example --geoip-db=/etc/gslb/places.mmdb',
    );
  }
  const labelFields = (fields || 'datacenter').split(',').map((field) => field.trim().split('.'));
  if (labelFields.every((field) => field.every((key) => key !== ''))) return { path, labelFields };
  throw new FlagError(
    `--geoip-field "${fields}" names no field`,
    'for example --geoip-field=datacenter or --geoip-field=city.names.en,datacenter',
  );
}
