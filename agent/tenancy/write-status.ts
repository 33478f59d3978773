import type { KubeObject } from '#core/api/kubernetes.ts';
import type { NamespaceMap } from '#core/api/offload/namespace-map.ts';
import { namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { type PeeringClaim, peeringClaims } from '#core/api/offload/peering-claim.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import { type Verdict, withVerdicts } from './conditions.ts';
import type { TenancyContext } from './context.ts';
import { same } from './same.ts';
import { peeringKey } from './tenant-state.ts';

type ClaimStatus = NonNullable<PeeringClaim['status']>;
type MapStatus = NonNullable<NamespaceMap['status']>;

/** Writes the whole status of a claim (nobody else writes it); what is as wanted is not written. Returns the claim. */
export async function writeClaimStatus(
  { source, wallClock }: TenancyContext,
  claim: PeeringClaim,
  change: Omit<ClaimStatus, 'conditions'>,
  verdicts: readonly Verdict[],
): Promise<PeeringClaim> {
  const before: ClaimStatus = claim.status ?? {};
  const status: ClaimStatus = {
    ...before,
    ...change,
    conditions: withVerdicts(before.conditions, verdicts, wallClock()),
  };
  if (same(before, status)) return claim;
  return source.applyStatus(peeringClaims, { ...bare(claim), status });
}

/**
 * Writes conditions and more into a Tenant's status, of which other rooms write other parts. Returns the Tenant as it
 * is then.
 */
export async function writeTenantStatus(
  { source, wallClock }: TenancyContext,
  tenant: Tenant,
  verdicts: readonly Verdict[],
  more: Pick<NonNullable<Tenant['status']>, 'authParams' | 'lastSeen'> = {},
): Promise<Tenant> {
  const change = {
    ...more,
    tenantNamespace: tenant.metadata.namespace ?? '',
    conditions: withVerdicts(tenant.status?.conditions, verdicts, wallClock()),
  };
  const status = { ...tenant.status, ...change };
  if (same(tenant.status ?? {}, status)) return tenant;
  await source.patchStatus(tenants, peeringKey(tenant.metadata.namespace ?? ''), change);
  return { ...tenant, status };
}

/** Writes the whole status of a provider's NamespaceMap (nobody else writes it). */
export async function writeMapStatus(
  { source }: TenancyContext,
  map: NamespaceMap,
  currentMapping: NonNullable<MapStatus['currentMapping']>,
): Promise<void> {
  if (same(map.status?.currentMapping ?? {}, currentMapping)) return;
  // Not by server-side apply: where its last entry goes, that leaves null, which the schema refuses.
  const gone = Object.keys(map.status?.currentMapping ?? {}).map((local) => [local, null] as const);
  const here = Object.entries(currentMapping).map(
    ([local, entry]) => [local, { reason: null, message: null, ...entry }] as const,
  );
  await source.patchStatus(namespaceMaps, peeringKey(map.metadata.namespace ?? ''), {
    currentMapping: Object.fromEntries([...gone, ...here]),
  });
}

/** An object as server-side apply takes it: of its metadata only which one it is. */
function bare({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { namespace, name } = metadata;
  return { apiVersion, kind, metadata: { ...(namespace === undefined ? {} : { namespace }), name } };
}
