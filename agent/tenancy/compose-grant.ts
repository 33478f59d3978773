import type { Grant } from '#agent/model/provider-link.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import type { LocalGrant } from './local-grant.ts';

/** What a consumer gets where neither the cluster nor its Tenant says anything: Liqo's defaults. */
export const defaultResources = {
  cpu: '4',
  memory: '8Gi',
  pods: '110',
  'ephemeral-storage': '20Gi',
} as const;

/**
 * What one tenant is granted: defaults, over them what this cluster offers, over that what its Tenant says, resource by
 * resource and label by label.
 */
export function composeGrant(
  provider: { readonly clusterID: string; readonly clusterUID: string },
  local: LocalGrant,
  spec: Tenant['spec'],
): Grant {
  return {
    providerClusterID: provider.clusterID,
    providerClusterUID: provider.clusterUID,
    resources: quantities({ ...defaultResources, ...local.resources, ...spec?.resources }),
    nodeLabels: { ...local.nodeLabels, ...spec?.nodeLabels },
    kubeletVersion: local.kubeletVersion,
    architecture: local.architecture,
    allowedNamespaces: [...(spec?.allowedNamespaces ?? [])],
    gatewayFingerprint: local.gatewayFingerprint,
    gatewayAddresses: [...local.gatewayAddresses],
  };
}

/** Quantities may be written as numbers; they travel as text. */
function quantities(resources: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, String(amount)]));
}
