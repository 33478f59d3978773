import { type PeeringClaim, peeringClaims } from '#core/api/offload/peering-claim.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import { foundWhereServed } from '#core/source/found.ts';
import { acceptClaim } from './accept-claim.ts';
import { conditionOf, trueSince, type Verdict } from './conditions.ts';
import { claimedBy, grantedTo } from './consumer.ts';
import type { TenancyContext } from './context.ts';
import { refusals } from './errors.ts';
import { bindAgent, endInvitation, invitationGraceMs, makeInvitation } from './invitation.ts';
import { keepPeering } from './keep-peering.ts';
import { clearOrphans, leavePeering } from './leave-peering.ts';
import { tell } from './tell.ts';
import { peeringKey, tenantState } from './tenant-state.ts';
import { writeClaimStatus, writeTenantStatus } from './write-status.ts';

/** How long an invitation may be redeemed. */
const invitationMs = 24 * 3_600_000;

/** Brings one tenant namespace, and the twin namespaces that belong to it, to what its objects ask for. */
export async function reconcileTenant(
  context: TenancyContext,
  tenantNamespace: string,
): Promise<ReconcileResult | undefined> {
  const { source, held } = context;
  const namespace = held.namespaces.get(tenantNamespace);
  if (namespace === undefined) return clearOrphans(context, tenantNamespace);
  const key = peeringKey(tenantNamespace);
  // A CRD that is gone ends no peering.
  const tenant = await foundWhereServed(source.get(tenants, key));
  const claim = await foundWhereServed(source.get(peeringClaims, key));
  const state = tenantState({ namespace, tenant, claim });
  if (state === 'leaving') return leavePeering(context, { namespace, tenant, claim });
  // Where a peering merely lost its label, its twins are left alone.
  if (state === 'foreign' || tenant === undefined)
    return tenant === undefined && claim === undefined ? clearOrphans(context, tenantNamespace) : undefined;

  await bindAgent(context, tenantNamespace);
  if (state === 'open') return keepOpen(context, tenant, claim);
  if (state === 'expired' || claim === undefined) return undefined;
  if (state === 'refused') return endRefused(context, tenant, claim);
  const consumer = claimedBy(claim);
  if (consumer === undefined) return undefined;
  if (state === 'claimed') return acceptClaim(context, { tenant, claim }, consumer);
  const granted = grantedTo(tenant) ?? consumer;
  if (state === 'changed') {
    const { reason, message } = refusals.consumerChanged(granted.clusterID);
    const verdict: Verdict = { type: 'Accepted', status: 'False', reason, message };
    await writeTenantStatus(context, tenant, [verdict]);
    if (conditionOf(tenant.status?.conditions, 'Accepted')?.reason !== reason)
      await tell(context, tenant, 'Warning', reason, message);
    return undefined;
  }
  return keepPeering(context, { tenant, claim }, granted);
}

async function keepOpen(
  context: TenancyContext,
  tenant: Tenant,
  claim: PeeringClaim | undefined,
): Promise<ReconcileResult | undefined> {
  const { namespace = '' } = tenant.metadata;
  const invitedAt = trueSince(tenant.status?.conditions, 'Invited');
  if (invitedAt === undefined || claim === undefined) {
    const made = await makeInvitation(context, namespace);
    await writeClaimStatus(context, made, { phase: 'Open' }, []);
    const message = 'it may be redeemed within 24 hours';
    await writeTenantStatus(context, tenant, [
      { type: 'Invited', status: 'True', reason: 'InvitationReady', message },
    ]);
    return { requeueAfterMs: invitationMs };
  }
  const leftMs = invitedAt + invitationMs - context.wallClock();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  await endInvitation(context, namespace);
  const message =
    'nobody redeemed the invitation within 24 hours; print a new one: kubectl offload generate peer-command';
  await writeTenantStatus(context, tenant, [
    { type: 'Invited', status: 'False', reason: 'InvitationExpired', message },
    { type: 'InvitationExpired', status: 'True', reason: 'NotRedeemed', message },
  ]);
  await tell(context, tenant, 'Normal', 'InvitationExpired', message);
  return undefined;
}

/** Who was refused may read why for a while; then the invitation ends. */
async function endRefused(
  context: TenancyContext,
  tenant: Tenant,
  claim: PeeringClaim,
): Promise<ReconcileResult | undefined> {
  const refusal = conditionOf(claim.status?.conditions, 'Accepted');
  const sinceMs = Date.parse(refusal?.lastTransitionTime ?? '') || 0;
  const leftMs = sinceMs + invitationGraceMs - context.wallClock();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  await endInvitation(context, tenant.metadata.namespace ?? '');
  return undefined;
}
