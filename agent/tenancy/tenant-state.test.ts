import { expect, test } from 'vitest';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { type TenantObjects, type TenantState, tenantState } from './tenant-state.ts';

const metadata = { namespace: 'liqo-tenant-a', name: 'peering' };
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'liqo-tenant-a', labels: { 'liqo.io/tenant-namespace': 'true' } },
};
const consumer = { clusterID: 'c', clusterUID: 'u', publicKey: 'k', gatewayFingerprint: 'g' };
const tenant = (more: object = {}, meta: object = {}): Tenant => ({
  apiVersion: 'authentication.liqo.io/v1beta1',
  kind: 'Tenant',
  metadata: { ...metadata, ...meta },
  ...more,
});
const claim = (spec: object = {}, status: object = {}): PeeringClaim => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'PeeringClaim',
  metadata,
  spec,
  status,
});
const granted = tenant({ status: { authParams: consumer } });
const accepted = claim({ consumer }, { phase: 'Accepted' });
const leave = { annotations: { 'offloading.interspan.dev/leave': 'true' } };
const expired = { status: { conditions: [{ type: 'InvitationExpired', status: 'True' }] } };
const going = { ...namespace, metadata: { ...namespace.metadata, deletionTimestamp: 'now' } };
const unlabelled = { ...namespace, metadata: { name: 'liqo-tenant-a' } };

test.each<[string, Partial<TenantObjects>, TenantState]>([
  ['nothing', { tenant: undefined }, 'foreign'],
  ['a Tenant', {}, 'open'],
  ['a Tenant and a claim', { claim: claim() }, 'open'],
  ['an invitation that is over', { tenant: tenant(expired), claim: claim() }, 'expired'],
  ['a claim with a consumer', { claim: claim({ consumer }, { phase: 'Open' }) }, 'claimed'],
  ['one whose id is reserved', { tenant: granted, claim: claim({ consumer }) }, 'claimed'],
  ['a refused one', { claim: claim({ consumer }, { phase: 'Refused' }) }, 'refused'],
  ['an accepted one', { tenant: granted, claim: accepted }, 'accepted'],
  ['an accepted one that nobody was granted', { claim: accepted }, 'claimed'],
  [
    'an accepted one with another key',
    { tenant: granted, claim: claim({ consumer: { ...consumer, publicKey: 'x' } }, { phase: 'Accepted' }) },
    'changed',
  ],
  ['a consumer that leaves', { claim: claim({ consumer, leaving: true }) }, 'leaving'],
  ['one half gone', { tenant: granted, claim: claim({ consumer }, { phase: 'Left' }) }, 'leaving'],
  ['a claim without a Tenant', { tenant: undefined, claim: accepted }, 'leaving'],
  ['the annotation', { tenant: tenant({}, leave), claim: claim() }, 'leaving'],
  ['a namespace being deleted', { namespace: going, claim: accepted }, 'leaving'],
  ["Liqo's Tenant", { tenant: tenant({ spec: { csr: 'Y3Ny' } }) }, 'foreign'],
  ['no label', { namespace: unlabelled, tenant: granted, claim: accepted }, 'foreign'],
])('%s: %s', (_what, objects, state) => {
  expect(tenantState({ namespace, tenant: tenant(), claim: undefined, ...objects })).toBe(state);
});
