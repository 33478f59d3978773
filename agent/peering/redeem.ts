import type { Invitation } from '#core/peering/invitation.ts';
import { UnreachableError } from '#core/source/api-server/connection-error.ts';
import { SourceError } from '#core/source/errors.ts';
import { atAnyServer, ClaimClient } from './claim-client.ts';
import { PeeringError } from './errors.ts';
import type { Identity } from './identity.ts';
import { consumerOf, judgeClaim, type Verdict } from './judge-claim.ts';
import { providerCredentials } from './provider-credentials.ts';

const timeoutMs = 3000;

export interface RedeemingOptions {
  readonly invitation: Invitation;
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Whether this cluster, perhaps an earlier run, tried to take the claim. */
  readonly attempted: boolean;
  /** Keeps that we try, before we do. */
  readonly onAttempt: () => Promise<void>;
}

/** One invitation on its way to a peering: asked again and again until the provider has answered. */
export class Redeeming {
  readonly #options: RedeemingOptions;
  readonly #client: ClaimClient;
  #attempted: boolean;

  constructor(options: RedeemingOptions) {
    const { servers, ca, token, tenantNamespace } = options.invitation;
    this.#options = options;
    this.#client = new ClaimClient({
      credentials: providerCredentials({ servers, ca, token }),
      tenantNamespace,
      timeoutMs,
    });
    this.#attempted = options.attempted;
  }

  /**
   * Takes the claim, or looks whether the provider has answered. Rejects with PeeringError; one that is not final may
   * be gone next time.
   */
  async step(signal: AbortSignal): Promise<Exclude<Verdict, { kind: 'open' }>> {
    const { invitation } = this.#options;
    try {
      return await atAnyServer(invitation.servers.length, () => this.#step(signal));
    } catch (error) {
      signal.throwIfAborted();
      throw this.#explained(error);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #step(signal: AbortSignal): Promise<Exclude<Verdict, { kind: 'open' }>> {
    const { identity, onAttempt } = this.#options;
    const verdict = this.#judge(await this.#client.get(signal));
    if (verdict.kind !== 'open') return verdict;
    if (!this.#attempted) await onAttempt();
    this.#attempted = true;
    try {
      await this.#client.patchSpec({ consumer: consumerOf(identity) }, signal);
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'invalid') throw error;
      // Somebody was faster; the claim says who.
      const now = this.#judge(await this.#client.get(signal));
      if (now.kind !== 'open') return now;
      throw new PeeringError('ProviderRefused', error.message, { cause: error });
    }
    return { kind: 'waiting' };
  }

  #judge(claim: Parameters<typeof judgeClaim>[0]): Verdict {
    const { invitation, identity, wallClock } = this.#options;
    return judgeClaim(claim, invitation, identity, new Date(wallClock()));
  }

  #explained(error: unknown): unknown {
    const { invitation, wallClock } = this.#options;
    const { provider, expiresAt } = invitation;
    if (!(error instanceof SourceError)) return error;
    if (error instanceof UnreachableError || error.code === 'unavailable' || error.code === 'timeout')
      return new PeeringError(
        'ProviderUnreachable',
        `the API server of ${provider.clusterID} does not answer: ${error.message}`,
        { cause: error },
      );
    if (error.code === 'unauthorized' && wallClock() >= Date.parse(expiresAt))
      return new PeeringError(
        'InvitationExpired',
        `the invitation of ${provider.clusterID} expired at ${expiresAt}`,
        { cause: error },
      );
    if (error.code === 'unauthorized' || error.code === 'forbidden' || error.code === 'notFound')
      return this.#attempted
        ? new PeeringError(
            'InvitationExpired',
            `the invitation of ${provider.clusterID} ended before this cluster saw the answer to it: ${error.message}`,
            { cause: error },
          )
        : new PeeringError(
            'InvitationUsed',
            `the invitation of ${provider.clusterID} was redeemed by another cluster or withdrawn: ${error.message}`,
            { cause: error },
          );
    return new PeeringError('ProviderRefused', error.message, { cause: error });
  }
}

/** Refuses what needs no question to the provider. @throws PeeringError */
export function checkProvider(
  { provider }: Pick<Invitation, 'provider'>,
  identity: Pick<Identity, 'clusterID' | 'clusterUID'>,
  known: { readonly clusterUID: string } | undefined,
): void {
  const { clusterID, clusterUID } = provider;
  if (clusterUID === identity.clusterUID)
    throw new PeeringError('SelfPeering', `the invitation of ${clusterID} is of this cluster itself`);
  if (clusterID === identity.clusterID)
    throw new PeeringError('ClusterIDTaken', `the provider has the id of this cluster, ${clusterID}`);
  if (known !== undefined && known.clusterUID !== clusterUID)
    throw new PeeringError(
      'ClusterIDTaken',
      `${clusterID} is known here as the cluster with UID ${known.clusterUID}; the invitation is of one with UID ${clusterUID}`,
    );
}
