import { names } from '#agent/model/names.ts';
import { serviceAccounts } from '#core/api/kubernetes.ts';
import { type PeeringClaim, peeringClaims } from '#core/api/offload/peering-claim.ts';
import { ApiClient, type ApiRequest } from '#core/source/api-server/client.ts';
import { UnreachableError } from '#core/source/api-server/connection-error.ts';
import { objectPath } from '#core/source/api-server/paths.ts';
import { SourceError } from '#core/source/errors.ts';
import type { ProviderCredentials } from './provider-credentials.ts';

export interface ClaimClientOptions {
  readonly credentials: ProviderCredentials;
  /** At the provider. */
  readonly tenantNamespace: string;
  /** Longest time for one request to one server. */
  readonly timeoutMs: number;
}

/** A token and when it ends (RFC 3339). */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: string;
}

/**
 * Our claim at a provider. Rejects with SourceError. Time limits are shorter than an ApiServerSource's, and a
 * connection that failed is never used again: a link that comes back is seen at once.
 */
export class ClaimClient {
  readonly #options: ClaimClientOptions;
  readonly #key: string;
  #client: ApiClient;

  constructor(options: ClaimClientOptions) {
    this.#options = options;
    this.#key = `${options.tenantNamespace}/${names.peering}`;
    this.#client = this.#connect();
  }

  /** The claim, from the server that is in use. */
  async get(signal: AbortSignal): Promise<PeeringClaim> {
    const path = objectPath(peeringClaims, this.#key);
    return (await this.#send({ method: 'GET', path, intent: this.#intent('get'), signal })) as PeeringClaim;
  }

  /** Merge-patches the claim's spec. `invalid` when a rule of the claim refuses it. */
  async patchSpec(spec: unknown, signal: AbortSignal): Promise<void> {
    const path = `${objectPath(peeringClaims, this.#key)}?fieldManager=offload-agent`;
    const body = { type: 'application/merge-patch+json', value: { spec } };
    await this.#send({ method: 'PATCH', path, intent: this.#intent('patch'), body, signal });
  }

  /** A new token of the tenant account, whose token must be in use. */
  async requestToken(expirationSeconds: number, signal: AbortSignal): Promise<IssuedToken> {
    const { tenantNamespace: namespace } = this.#options;
    const name = names.tenantAccount;
    const intent = {
      verb: 'create',
      resource: serviceAccounts,
      subresource: 'token',
      namespace,
      name,
    } as const;
    const path = objectPath(serviceAccounts, `${namespace}/${name}`, 'token');
    const value = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds },
    };
    const body = { type: 'application/json', value };
    const { status } = (await this.#send({ method: 'POST', path, intent, body, signal })) as {
      readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
    };
    if (status?.token === undefined || status.expirationTimestamp === undefined)
      throw new SourceError('invalid', 'the provider answered a request for a token without one');
    return { token: status.token, expiresAt: status.expirationTimestamp };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #send(request: ApiRequest): Promise<unknown> {
    const { credentials, timeoutMs } = this.#options;
    const server = credentials.server();
    const client = this.#client;
    try {
      return await client.json(request, timeoutMs);
    } catch (error) {
      if (error instanceof UnreachableError && !request.signal.aborted) {
        credentials.failed(server);
        if (this.#client === client) this.#client = this.#connect();
        void client.close();
      }
      throw error;
    }
  }

  #connect(): ApiClient {
    return new ApiClient(this.#options.credentials, 'interspan/offload-agent');
  }

  #intent(verb: 'get' | 'patch') {
    return {
      verb,
      resource: peeringClaims,
      namespace: this.#options.tenantNamespace,
      name: names.peering,
    } as const;
  }
}

/** Does the work at the first of `servers` servers that answers; rejects with what each of them said. */
export async function atAnyServer<T>(servers: number, work: () => Promise<T>): Promise<T> {
  const said: string[] = [];
  for (let tried = 0; tried < servers; tried++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      said.push(error.message);
    }
  }
  throw new UnreachableError('unavailable', said.join('; '));
}
