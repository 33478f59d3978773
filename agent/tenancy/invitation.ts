import { names, roles } from '#agent/model/names.ts';
import { roleBindings, type Secret, secrets, serviceAccounts } from '#core/api/kubernetes.ts';
import { type PeeringClaim, peeringClaims } from '#core/api/offload/peering-claim.ts';
import { apiVersion } from '#core/api/resource.ts';
import type { TenancyContext } from './context.ts';
import { account, isBound, madeNames, roleBinding } from './objects.ts';

/** How long a consumer that was judged may read the verdict with its invitation. */
export const invitationGraceMs = 15_000;

/** Our own rights in a tenant namespace, from which all else follows. */
export async function bindAgent(context: TenancyContext, tenantNamespace: string): Promise<void> {
  const { namespace, serviceAccount } = context;
  await bind(context, tenantNamespace, madeNames.agent, roles.tenantNamespace, {
    name: serviceAccount,
    namespace,
  });
}

/** The accounts, the Secret that ends the invitation's token with it, the rights of its holder, and the claim. */
export async function makeInvitation(
  context: TenancyContext,
  tenantNamespace: string,
): Promise<PeeringClaim> {
  const { source } = context;
  for (const name of [names.invitationAccount, names.tenantAccount])
    await source.apply(serviceAccounts, account({ namespace: tenantNamespace, name }));
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: tenantNamespace, name: names.invitationSecret },
    type: 'Opaque',
  };
  await source.apply(secrets, secret);
  const claim = await source.apply(peeringClaims, {
    apiVersion: apiVersion(peeringClaims),
    kind: peeringClaims.kind,
    metadata: { namespace: tenantNamespace, name: names.peering },
    // Fields of the consumer are the consumer's: none is ours.
    spec: {},
  });
  await bind(context, tenantNamespace, madeNames.invitation, roles.invitation, {
    name: names.invitationAccount,
    namespace: tenantNamespace,
  });
  return claim;
}

/** Takes the invitation away; its token ends with the Secret, within the API server's token cache (10 s). */
export async function endInvitation(context: TenancyContext, tenantNamespace: string): Promise<void> {
  const { source, held } = context;
  const binding = `${tenantNamespace}/${madeNames.invitation}`;
  // The binding goes last: while it is there the rest may be too.
  if (held.bindings.get(binding) === undefined) return;
  await source.delete(secrets, `${tenantNamespace}/${names.invitationSecret}`);
  await source.delete(serviceAccounts, `${tenantNamespace}/${names.invitationAccount}`);
  await source.delete(roleBindings, binding);
}

/** The rights of an accepted consumer in its tenant namespace. */
export async function bindTenant(context: TenancyContext, tenantNamespace: string): Promise<void> {
  await bind(context, tenantNamespace, madeNames.tenant, roles.tenantInTenant, {
    name: names.tenantAccount,
    namespace: tenantNamespace,
  });
}

async function bind(
  { source, held }: TenancyContext,
  tenantNamespace: string,
  name: string,
  role: (typeof roles)[keyof typeof roles],
  to: { readonly name: string; readonly namespace: string },
): Promise<void> {
  const wanted = roleBinding({ namespace: tenantNamespace, name, tenantNamespace }, role, to);
  if (isBound(held.bindings.get(`${tenantNamespace}/${name}`), wanted)) return;
  await source.apply(roleBindings, wanted);
}
