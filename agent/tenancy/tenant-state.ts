import { annotations, labels, names } from '#agent/model/names.ts';
import type { Namespace } from '#core/api/kubernetes.ts';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { conditionOf } from './conditions.ts';
import { claimedBy, grantedTo, sameConsumer } from './consumer.ts';

/** All that stands in one tenant namespace, and the namespace. */
export interface TenantObjects {
  readonly namespace: Namespace | undefined;
  readonly tenant: Tenant | undefined;
  readonly claim: PeeringClaim | undefined;
}

/**
 * Where a peering stands, from its objects alone. `foreign`: none of ours. `open`: nobody has redeemed it. `claimed`:
 * somebody has, and is not yet judged, or accepted but not yet told. `changed`: accepted, and now claimed by another.
 */
export type TenantState =
  | 'foreign'
  | 'open'
  | 'expired'
  | 'claimed'
  | 'refused'
  | 'accepted'
  | 'changed'
  | 'leaving';

export function tenantState({ namespace, tenant, claim }: TenantObjects): TenantState {
  if (isForeign({ namespace, tenant, claim })) return 'foreign';
  if (isLeaving({ namespace, tenant, claim })) return 'leaving';
  if (claim?.status?.phase === 'Refused') return 'refused';
  const consumer = claimedBy(claim);
  const granted = grantedTo(tenant);
  if (consumer === undefined)
    return conditionOf(tenant?.status?.conditions, 'InvitationExpired')?.status === 'True'
      ? 'expired'
      : 'open';
  if (granted !== undefined && !sameConsumer(consumer, granted)) return 'changed';
  return granted !== undefined && claim?.status?.phase === 'Accepted' ? 'accepted' : 'claimed';
}

/** No peering of ours: a consumer's own tenant namespace, or Liqo's engine (its Tenants carry a CSR or signature). */
function isForeign({ namespace, tenant, claim }: TenantObjects): boolean {
  if (namespace === undefined || namespace.metadata.labels?.[labels.tenantNamespace] !== 'true') return true;
  if (claim !== undefined) return false;
  return tenant === undefined || tenant.spec?.csr !== undefined || tenant.spec?.signature !== undefined;
}

/** It is asked for on the claim or the Tenant, or the Tenant (which we never delete first) is gone. */
export function isLeaving({ namespace, tenant, claim }: TenantObjects): boolean {
  return (
    namespace?.metadata.deletionTimestamp !== undefined ||
    tenant === undefined ||
    tenant.metadata.deletionTimestamp !== undefined ||
    ['true', 'forget'].includes(tenant.metadata.annotations?.[annotations.leave] ?? '') ||
    claim?.spec?.leaving === true ||
    claim?.status?.phase === 'Leaving' ||
    claim?.status?.phase === 'Left'
  );
}

/** Key of the Tenant, claim and NamespaceMap of a tenant namespace. */
export function peeringKey(tenantNamespace: string): string {
  return `${tenantNamespace}/${names.peering}`;
}
