import { readFileSync } from 'node:fs';
import type { Credentials } from '#core/source/api-server/access.ts';
import type { TestApiServer } from './api-server.ts';

/** Whoever has this token, at an API server of a test. */
export function tokenCredentials({ access }: Pick<TestApiServer, 'access'>, token: string): Credentials {
  const bearer = {
    server: access.server,
    headers: { authorization: `Bearer ${token}` },
    tls: { ca: readFileSync(access.authority) },
  };
  return { access: async () => bearer, forget: () => undefined };
}

/** A service account, with a token that kubectl makes for it. */
export async function accountCredentials(
  server: TestApiServer,
  namespace: string,
  account: string,
): Promise<Credentials> {
  return tokenCredentials(server, (await server.kubectl('create', 'token', account, '-n', namespace)).trim());
}
