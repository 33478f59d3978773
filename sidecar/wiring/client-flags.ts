import type { Prefix } from '#core/wire/prefix.ts';
import { prefixList } from './guard-flags.ts';

/** Where clients are taken to be. */
export interface ClientFlags {
  /** Whose word is taken for the network of a client (RFC 7871). */
  readonly subnetTrust: readonly Prefix[];
}

export const clientUsage = `Where clients are:
  --ecs-trust LIST           prefixes of resolvers whose EDNS client subnet counts as the client's network, comma
                             between them (default none: the network of the sender counts)
`;

export const clientOptions = {
  'ecs-trust': { type: 'string' },
} as const;

/** @throws FlagError naming the flag, its value and what is accepted. */
export function clientFlags(
  values: {
    readonly [Name in keyof typeof clientOptions]?: string | undefined;
  },
): ClientFlags {
  return {
    subnetTrust: prefixList(values['ecs-trust'], '--ecs-trust') ?? [],
  };
}
