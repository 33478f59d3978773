import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { seal } from '#core/peering/seal.ts';

/** Who a cluster is: what a claim carries, and what is kept of it once it is accepted. */
export type Consumer = Pick<
  NonNullable<NonNullable<PeeringClaim['spec']>['consumer']>,
  'clusterID' | 'clusterUID' | 'publicKey' | 'gatewayFingerprint'
>;

/** Who redeemed the claim; undefined while nobody has. */
export function claimedBy(claim: PeeringClaim | undefined): Consumer | undefined {
  const consumer = claim?.spec?.consumer;
  return consumer === undefined ? undefined : identity(consumer);
}

/**
 * Whom the Tenant was given to: written into its status.authParams before all else of accepting, where a consumer
 * cannot write. From then on the id is taken and nobody else's claim counts.
 */
export function grantedTo(tenant: Tenant | undefined): Consumer | undefined {
  const kept = tenant?.status?.authParams as Partial<Consumer> | undefined;
  const texts = [kept?.clusterID, kept?.clusterUID, kept?.publicKey, kept?.gatewayFingerprint];
  return texts.every((text) => typeof text === 'string') ? identity(kept as Consumer) : undefined;
}

/** The same cluster with the same key. */
export function sameConsumer(a: Consumer, b: Consumer): boolean {
  return a.clusterID === b.clusterID && a.clusterUID === b.clusterUID && a.publicKey === b.publicKey;
}

/** Whether texts can be sealed for it: an X25519 key of 32 bytes in base64, and not one of its weak points. */
export function isPublicKey(text: string): boolean {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return false;
  try {
    seal(text, '');
    return true;
  } catch {
    // A point of low order (RFC 7748, 6.1): no secret can be shared with it.
    return false;
  }
}

function identity({ clusterID, clusterUID, publicKey, gatewayFingerprint }: Consumer): Consumer {
  return { clusterID, clusterUID, publicKey, gatewayFingerprint };
}
