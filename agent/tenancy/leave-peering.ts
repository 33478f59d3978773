import { names } from '#agent/model/names.ts';
import { namespaces, roleBindings, secrets, serviceAccounts } from '#core/api/kubernetes.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import { clearTwin } from './clear-twin.ts';
import { conditionOf, trueSince } from './conditions.ts';
import type { TenancyContext } from './context.ts';
import { bindAgent } from './invitation.ts';
import { madeNames } from './objects.ts';
import { twinsOf } from './reconcile-twins.ts';
import { tell } from './tell.ts';
import { peeringKey, type TenantObjects } from './tenant-state.ts';
import { writeClaimStatus, writeTenantStatus } from './write-status.ts';

/** Longest time that namespaces being deleted are waited for. */
const twinsMs = 120_000;
/** How long a consumer may read that it has left. */
const leftMs = 5000;
const pollMs = 1000;

/**
 * Ends a peering: the twin namespaces, then the claim says Left, then accounts and rights, the Tenant, and the tenant
 * namespace with the claim. What is still there says what is still to be done; no finalizer holds anything.
 */
export async function leavePeering(
  context: TenancyContext,
  objects: TenantObjects & { readonly namespace: NonNullable<TenantObjects['namespace']> },
): Promise<ReconcileResult | undefined> {
  const { namespace, tenant } = objects;
  const { name, uid, deletionTimestamp } = namespace.metadata;
  // Nothing can be made in a namespace that is going, and all in it goes: accounts, rights and claim.
  if (deletionTimestamp !== undefined) return clearOrphans(context, name);
  await bindAgent(context, name);
  const leaving = {
    type: 'Leaving',
    status: 'True',
    reason: 'Leaving',
    message: 'the peering is being ended',
  } as const;
  if (tenant !== undefined && tenant.metadata.deletionTimestamp === undefined)
    await writeTenantStatus(context, tenant, [leaving]);
  let { claim } = objects;
  if (claim !== undefined && claim.status?.phase !== 'Left') {
    const gone = { type: 'Left', status: 'False', reason: 'Leaving', message: leaving.message } as const;
    claim = await writeClaimStatus(context, claim, { phase: 'Leaving' }, [gone]);
    const sinceMs = Date.parse(conditionOf(claim.status?.conditions, 'Left')?.lastTransitionTime ?? '') || 0;
    const inTime = context.wallClock() - sinceMs < twinsMs;
    if ((await clearTwins(context, name, tenant)) && inTime) return { requeueAfterMs: pollMs };
    const left = { type: 'Left', status: 'True', reason: 'Left', message: 'the peering has ended' } as const;
    claim = await writeClaimStatus(context, claim, { phase: 'Left' }, [left]);
  } else if (claim === undefined) {
    await clearTwins(context, name, tenant);
  }
  const readable = (trueSince(claim?.status?.conditions, 'Left') ?? 0) + leftMs + 1000 - context.wallClock();
  if (claim?.spec?.consumer !== undefined && readable > 0) return { requeueAfterMs: readable };

  const { source } = context;
  for (const binding of [madeNames.tenant, madeNames.invitation])
    await source.delete(roleBindings, `${name}/${binding}`);
  await source.delete(secrets, `${name}/${names.invitationSecret}`);
  for (const account of [names.tenantAccount, names.invitationAccount])
    await source.delete(serviceAccounts, `${name}/${account}`);
  if (tenant !== undefined) {
    await tell(context, tenant, 'Normal', 'Left', 'the peering has ended');
    await source.delete(tenants, peeringKey(name));
  }
  // Last: while it is there, with the claim, this is taken up again.
  await source.delete(namespaces, name, uid === undefined ? {} : { uid });
  return undefined;
}

/** Ends the twins of a tenant namespace that is no peering, or not there any longer. */
export async function clearOrphans(
  context: TenancyContext,
  tenantNamespace: string,
): Promise<ReconcileResult | undefined> {
  await clearTwins(context, tenantNamespace, undefined);
  return undefined;
}

/** Whether any is still there. */
async function clearTwins(
  context: TenancyContext,
  tenantNamespace: string,
  tenant: TenantObjects['tenant'],
): Promise<boolean> {
  const twins = twinsOf(context, tenantNamespace);
  let going = false;
  for (const twin of twins) {
    const left = await clearTwin(context, twin, tenantNamespace);
    if (left === undefined) {
      going = true;
      continue;
    }
    const message = `namespace ${twin.metadata.name} was kept: ${left} did not come from this peering`;
    await tell(context, tenant ?? twin, 'Warning', 'ForeignObjectsLeft', message);
  }
  return going;
}
