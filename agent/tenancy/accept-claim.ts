import { labels, names } from '#agent/model/names.ts';
import { namespaces, serviceAccounts } from '#core/api/kubernetes.ts';
import { namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { type PeeringClaim, peeringClaims } from '#core/api/offload/peering-claim.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import { apiVersion } from '#core/api/resource.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import { composeGrant } from './compose-grant.ts';
import type { Consumer } from './consumer.ts';
import { grantedTo, sameConsumer } from './consumer.ts';
import type { TenancyContext } from './context.ts';
import type { Refusal } from './errors.ts';
import { bindTenant } from './invitation.ts';
import { type ConsumerJudgement, judgeConsumer } from './judge-consumer.ts';
import { account } from './objects.ts';
import { tell } from './tell.ts';
import { isLeaving, peeringKey } from './tenant-state.ts';
import { mintToken, tokenCondition } from './tenant-token.ts';
import { noteAudiences } from './token-audiences.ts';
import { writeClaimStatus, writeTenantStatus } from './write-status.ts';

/** How often it is asked whether an earlier peering of the same cluster is gone. */
const waitMs = 1000;

/**
 * Judges who redeemed an invitation, and gives or refuses what it grants. Every step may be the last one before a
 * crash: first the Tenant's status says whom it belongs to (from then on the id is taken), last the claim says
 * Accepted, with token and grant in the same write.
 */
export async function acceptClaim(
  context: TenancyContext,
  found: { readonly tenant: Tenant; readonly claim: PeeringClaim },
  consumer: Consumer,
): Promise<ReconcileResult | undefined> {
  const { claim } = found;
  const { judgement, tenant } = await context.serially(() => reserve(context, found.tenant, consumer));
  if (judgement.kind === 'refuse') {
    await refuse(context, tenant, claim, judgement.refusal);
    return undefined;
  }
  if (judgement.kind === 'wait') {
    const message = `an earlier peering of ${consumer.clusterID} is being ended (Tenant ${judgement.tenantNamespace}/peering)`;
    const waiting = { type: 'Accepted', status: 'False', reason: 'EarlierPeeringEnds', message } as const;
    await writeClaimStatus(context, claim, {}, [waiting]);
    return { requeueAfterMs: waitMs };
  }
  await give(context, tenant, claim, consumer);
  return undefined;
}

/** Reads every Tenant anew, so that of two that redeem at once with one id one gets it. */
async function reserve(
  context: TenancyContext,
  tenant: Tenant,
  consumer: Consumer,
): Promise<{ readonly judgement: ConsumerJudgement; readonly tenant: Tenant }> {
  const known = grantedTo(tenant);
  if (known !== undefined && sameConsumer(known, consumer)) return { judgement: { kind: 'accept' }, tenant };
  const all = await context.source.readList(tenants);
  const claims = new Map(
    (await context.source.readList(peeringClaims)).map((each) => [each.metadata.namespace, each]),
  );
  const others = all
    .filter(({ metadata }) => metadata.uid !== tenant.metadata.uid)
    .map((other) => {
      const { namespace = '' } = other.metadata;
      const objects = {
        namespace: context.held.namespaces.get(namespace),
        tenant: other,
        claim: claims.get(namespace),
      };
      return {
        tenant: other,
        leaving: isLeaving(objects),
        left: objects.claim?.status?.phase === 'Left',
      };
    });
  const judgement = judgeConsumer(consumer, context, others);
  if (judgement.kind !== 'accept') return { judgement, tenant };
  return { judgement, tenant: await writeTenantStatus(context, tenant, [], { authParams: { ...consumer } }) };
}

async function give(
  context: TenancyContext,
  tenant: Tenant,
  claim: PeeringClaim,
  consumer: Consumer,
): Promise<void> {
  const { source, held } = context;
  const { namespace = '' } = tenant.metadata;
  const { clusterID } = consumer;
  if (tenant.spec?.clusterID !== clusterID)
    await source.patch(tenants, peeringKey(namespace), { spec: { clusterID } });
  if (held.namespaces.get(namespace)?.metadata.labels?.[labels.remoteClusterID] !== clusterID)
    await source.patch(namespaces, namespace, {
      metadata: { labels: { [labels.remoteClusterID]: clusterID } },
    });
  await source.apply(serviceAccounts, account({ namespace, name: names.tenantAccount }));
  await source.apply(namespaceMaps, {
    apiVersion: apiVersion(namespaceMaps),
    kind: namespaceMaps.kind,
    metadata: { namespace, name: names.peering, labels: { [labels.replication]: 'true' } },
    spec: {},
  });
  await bindTenant(context, namespace);
  const { token, audiences } = await mintToken(source, namespace, consumer);
  await noteAudiences(context, namespace, audiences);
  const grant = composeGrant(context, context.grant(), tenant.spec);
  const message = `${clusterID} is a consumer of ${context.clusterID}`;
  const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message } as const;
  const sealed = {
    type: tokenCondition,
    status: 'True',
    reason: 'Sealed',
    message: 'a token was left',
  } as const;
  await writeClaimStatus(context, claim, { phase: 'Accepted', token, grant }, [accepted, sealed]);
  await writeTenantStatus(context, tenant, [accepted]);
  await tell(context, tenant, 'Normal', 'Accepted', message);
}

async function refuse(
  context: TenancyContext,
  tenant: Tenant,
  claim: PeeringClaim,
  { reason, message }: Refusal,
): Promise<void> {
  const verdict = { type: 'Accepted', status: 'False', reason, message } as const;
  await writeTenantStatus(context, tenant, [verdict]);
  await tell(context, tenant, 'Warning', reason, message);
  await writeClaimStatus(context, claim, { phase: 'Refused' }, [verdict]);
}
