import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { PeeringRecord } from './peering-record.ts';

type Lifetime = Pick<PeeringRecord, 'obtainedAt' | 'expiresAt'>;

/** Whether less than a third of a token's life is left; `now` in milliseconds since 1970. */
export function renewalIsDue({ obtainedAt, expiresAt }: Lifetime, now: number): boolean {
  const end = Date.parse(expiresAt);
  const life = end - Date.parse(obtainedAt);
  return end - now < life / 3;
}

/** The sealed token of a claim, if it outlives ours. */
export function newerToken(
  claim: PeeringClaim,
  { expiresAt }: Lifetime,
): { readonly sealed: string; readonly expirationTimestamp: string } | undefined {
  const token = claim.status?.token;
  return token !== undefined && Date.parse(token.expirationTimestamp) > Date.parse(expiresAt)
    ? token
    : undefined;
}
