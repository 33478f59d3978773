import type { Access, Credentials } from '#core/source/api-server/access.ts';

/** A provider's API as one of our accounts there. */
export interface ProviderCredentials extends Credentials {
  /** `https://HOST:PORT` that is used now. */
  server(): string;
  /** This one does not answer: another is used from now on. */
  failed(server: string): void;
  renew(token: string): void;
}

/** Servers are alike and tried in turn. @param servers at least one */
export function providerCredentials(options: {
  readonly servers: readonly string[];
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}): ProviderCredentials {
  const { servers, ca } = options;
  let { token } = options;
  let index = 0;
  const server = (): string => servers[index] ?? '';
  return {
    server,
    access: async (): Promise<Access> => ({
      server: server(),
      headers: { authorization: `Bearer ${token}` },
      tls: { ca },
    }),
    // Nothing is read from elsewhere.
    forget: () => undefined,
    failed: (which) => {
      if (which === server()) index = (index + 1) % servers.length;
    },
    renew: (next) => {
      token = next;
    },
  };
}
