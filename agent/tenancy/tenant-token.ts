import { names } from '#agent/model/names.ts';
import { serviceAccounts } from '#core/api/kubernetes.ts';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import { seal } from '#core/peering/seal.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { trueSince } from './conditions.ts';
import type { Consumer } from './consumer.ts';

export type SealedToken = NonNullable<NonNullable<PeeringClaim['status']>['token']>;

/** Longest life of a tenant's token, seconds; the API server may give less. */
export const tokenSeconds = 86_400;
/** Condition of a claim whose time is when its token was made. */
export const tokenCondition = 'TokenSealed';

/**
 * When the sealed token of a claim is to be replaced: at two thirds of its life, milliseconds since 1970. 0 where there
 * is none.
 */
export function tokenDueMs(claim: PeeringClaim | undefined): number {
  const expires = Date.parse(claim?.status?.token?.expirationTimestamp ?? '');
  const issued = trueSince(claim?.status?.conditions, tokenCondition);
  if (Number.isNaN(expires) || issued === undefined || issued > expires) return 0;
  return issued + ((expires - issued) * 2) / 3;
}

/** A token, and whom the API server made it for because nobody was asked for. */
export interface MintedToken {
  readonly token: SealedToken;
  readonly audiences: readonly string[];
}

/** A fresh token of the tenant's account, readable by the holder of the consumer's key alone. */
export async function mintToken(
  source: Pick<ApiServerSource, 'request'>,
  tenantNamespace: string,
  consumer: Consumer,
): Promise<MintedToken> {
  const { tenantAccount: name } = names;
  const answer = (await source.request({
    method: 'POST',
    path: `/api/v1/namespaces/${tenantNamespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: tokenSeconds },
    },
    intent: {
      verb: 'create',
      resource: serviceAccounts,
      subresource: 'token',
      namespace: tenantNamespace,
      name,
    },
  })) as {
    readonly spec?: { readonly audiences?: readonly string[] };
    readonly status: { readonly token: string; readonly expirationTimestamp: string };
  };
  const { token, expirationTimestamp } = answer.status;
  return {
    token: { sealed: seal(consumer.publicKey, token), expirationTimestamp },
    audiences: answer.spec?.audiences ?? [],
  };
}
