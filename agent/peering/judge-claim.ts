import { createHash, type KeyObject } from 'node:crypto';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Invitation } from '#core/peering/invitation.ts';
import { unseal } from '#core/peering/seal.ts';
import { PeeringError } from './errors.ts';
import type { Identity } from './identity.ts';
import type { PeeringRecord } from './peering-record.ts';

/** What a claim says to one that redeems an invitation. */
export type Verdict =
  /** Nobody has it yet. */
  | { readonly kind: 'open' }
  /** It is ours; the provider has not answered yet. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'accepted'; readonly record: PeeringRecord };

/** The block by which a claim becomes ours. */
export function consumerOf(identity: Identity) {
  const { clusterID, clusterUID, publicKey, gateway, version } = identity;
  return { clusterID, clusterUID, publicKey, gatewayFingerprint: gateway.fingerprint, version };
}

/** @throws PeeringError when it is somebody else's, or the provider refuses us */
export function judgeClaim(
  claim: PeeringClaim,
  invitation: Invitation,
  identity: Identity,
  now: Date,
): Verdict {
  const holder = claim.spec?.consumer;
  if (holder === undefined) return { kind: 'open' };
  const ours = consumerOf(identity);
  const same = (['clusterID', 'clusterUID', 'publicKey', 'gatewayFingerprint'] as const).every(
    (name) => holder[name] === ours[name],
  );
  const provider = invitation.provider.clusterID;
  if (!same)
    throw new PeeringError(
      'InvitationUsed',
      `the invitation of ${provider} was redeemed before, by cluster ${holder.clusterID} with key ${keyFingerprint(holder.publicKey)}`,
    );
  const { phase, token, grant, conditions } = claim.status ?? {};
  if (phase === 'Refused') {
    const { reason, message } = conditions?.find((each) => each.type === 'Accepted') ?? {};
    throw new PeeringError('ProviderRefused', `${provider} refused: ${message ?? 'it gives no reason'}`, {
      reason: reason ?? 'ProviderRefused',
    });
  }
  if (phase === 'Leaving' || phase === 'Left')
    throw new PeeringError('InvitationUsed', `the peering that ${provider} offered has been ended there`);
  if (phase !== 'Accepted' || token === undefined || grant === undefined) return { kind: 'waiting' };
  const { clusterUID } = invitation.provider;
  if (grant.providerClusterID !== provider || grant.providerClusterUID !== clusterUID)
    throw new PeeringError(
      'ClusterIDTaken',
      `the invitation is of ${provider} (${clusterUID}), the grant of ${grant.providerClusterID} (${grant.providerClusterUID})`,
    );
  return {
    kind: 'accepted',
    record: {
      clusterID: provider,
      clusterUID,
      servers: invitation.servers,
      ca: invitation.ca,
      token: opened(identity.encryptionKey, token.sealed, provider),
      obtainedAt: now.toISOString(),
      expiresAt: token.expirationTimestamp,
      remoteTenantNamespace: invitation.tenantNamespace,
      grant: {
        ...grant,
        gatewayFingerprint: grant.gatewayFingerprint ?? invitation.gateway.fingerprint,
        gatewayAddresses: grant.gatewayAddresses ?? [...invitation.gateway.addresses],
      },
      departed: false,
    },
  };
}

/** @throws PeeringError `TokenUnreadable` */
export function opened(key: KeyObject, sealed: string, provider: string): string {
  try {
    return unseal(key, sealed);
  } catch (cause) {
    throw new PeeringError(
      'TokenUnreadable',
      `the token that ${provider} left is not sealed for this cluster's key`,
      { cause },
    );
  }
}

/** SHA-256 of a public key (raw, given in base64), base64url: short enough to compare by eye or telephone. */
export function keyFingerprint(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('base64url');
}
