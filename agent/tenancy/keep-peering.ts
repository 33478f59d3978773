import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import { composeGrant } from './compose-grant.ts';
import { conditionOf, type StoredCondition, timeText, trueSince, type Verdict } from './conditions.ts';
import type { Consumer } from './consumer.ts';
import type { TenancyContext } from './context.ts';
import { bindTenant, endInvitation, invitationGraceMs } from './invitation.ts';
import { madeNames } from './objects.ts';
import { reconcileTwins } from './reconcile-twins.ts';
import { same } from './same.ts';
import { tell } from './tell.ts';
import { mintToken, tokenCondition, tokenDueMs } from './tenant-token.ts';
import { noteAudiences } from './token-audiences.ts';
import { writeClaimStatus, writeTenantStatus } from './write-status.ts';

/** A tenant without a heartbeat for this long is marked. */
const silentMs = 10 * 60_000;
/** Everything is looked at again this often, whatever is reported. */
const longestMs = 5 * 60_000;

/** What an accepted peering needs, now and at each later time. */
export async function keepPeering(
  context: TenancyContext,
  { tenant, claim }: { readonly tenant: Tenant; readonly claim: PeeringClaim },
  consumer: Consumer,
): Promise<ReconcileResult> {
  const { namespace = '' } = tenant.metadata;
  await bindTenant(context, namespace);
  const marked = await markTenant(context, tenant, claim, consumer);
  const dueMs = await renew(context, claim, tenant, consumer);
  const invitationMs = await endRedeemed(context, namespace, claim);
  const twinsMs = await reconcileTwins(context, { tenant: marked, consumer: consumer.clusterID });
  return { requeueAfterMs: Math.min(longestMs, dueMs, invitationMs, twinsMs, silenceDueMs(context, claim)) };
}

/** Token and grant in the claim. Returns how long the token will do. */
async function renew(
  context: TenancyContext,
  claim: PeeringClaim,
  tenant: Tenant,
  consumer: Consumer,
): Promise<number> {
  const grant = composeGrant(context, context.grant(), tenant.spec);
  const leftMs = tokenDueMs(claim) - context.wallClock();
  if (leftMs > 0) {
    if (!same(grant, claim.status?.grant)) await writeClaimStatus(context, claim, { grant }, []);
    return leftMs;
  }
  const { namespace = '' } = tenant.metadata;
  const { token, audiences } = await mintToken(context.source, namespace, consumer);
  await noteAudiences(context, namespace, audiences);
  // Its time is when the token was made, not when there first was one.
  const conditions = (claim.status?.conditions ?? []).filter(({ type }) => type !== tokenCondition);
  const before = { ...claim, status: { ...claim.status, conditions } };
  const message = 'a token was left, and is replaced at two thirds of its life';
  await writeClaimStatus(context, before, { token, grant }, [
    { type: tokenCondition, status: 'True', reason: 'Sealed', message },
  ]);
  context.log.info({ tenant: tenant.metadata.namespace }, 'the token of a consumer was renewed');
  return Math.max(1000, ((Date.parse(token.expirationTimestamp) - context.wallClock()) * 2) / 3);
}

/** The invitation ends when the consumer has shown itself as tenant, or had the time to. */
async function endRedeemed(context: TenancyContext, namespace: string, claim: PeeringClaim): Promise<number> {
  if (context.held.bindings.get(`${namespace}/${madeNames.invitation}`) === undefined) return longestMs;
  const acceptedAt = trueSince(claim.status?.conditions, 'Accepted') ?? 0;
  const leftMs = acceptedAt + invitationGraceMs - context.wallClock();
  if (claim.spec?.heartbeat === undefined && leftMs > 0) return leftMs;
  await endInvitation(context, namespace);
  return longestMs;
}

async function markTenant(
  context: TenancyContext,
  tenant: Tenant,
  claim: PeeringClaim,
  consumer: Consumer,
): Promise<Tenant> {
  const seenMs = lastSeenMs(claim);
  const silent = context.wallClock() - seenMs > silentMs;
  const before = conditionOf(tenant.status?.conditions, 'Silent');
  const verdicts: Verdict[] = [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: `${consumer.clusterID} is a consumer of ${context.clusterID}`,
    },
    silence(silent, consumer.clusterID, seenMs, before),
  ];
  const lastSeen = timeText(Math.min(seenMs, context.wallClock()));
  const marked = await writeTenantStatus(context, tenant, verdicts, { lastSeen });
  if (silent && before?.status !== 'True')
    await tell(context, tenant, 'Warning', 'Silent', verdicts[1]?.message ?? '');
  return marked;
}

function silence(
  silent: boolean,
  clusterID: string,
  seenMs: number,
  before: StoredCondition | undefined,
): Verdict {
  if (!silent) return { type: 'Silent', status: 'False', reason: 'HeartbeatSeen', message: '' };
  const message = `${clusterID} has not been heard of since ${timeText(seenMs)}; nothing is removed; to end the peering from here: kubectl offload unpeer ${clusterID}`;
  return {
    type: 'Silent',
    status: 'True',
    reason: 'NoHeartbeat',
    message: before?.status === 'True' ? (before.message ?? message) : message,
  };
}

/** By the consumer's clock, which TLS keeps near ours. Before its first heartbeat: when it was accepted. */
function lastSeenMs(claim: PeeringClaim): number {
  const heartbeat = Date.parse(claim.spec?.heartbeat ?? '');
  const accepted = trueSince(claim.status?.conditions, 'Accepted') ?? 0;
  return Number.isNaN(heartbeat) ? accepted : heartbeat;
}

function silenceDueMs({ wallClock }: TenancyContext, claim: PeeringClaim): number {
  const leftMs = lastSeenMs(claim) + silentMs + 1000 - wallClock();
  return leftMs > 0 ? leftMs : longestMs;
}
