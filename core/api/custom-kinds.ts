import type { CustomKind } from './custom-kind.ts';
import { gslbKind, legacyGslbKind } from './gslb/schema.ts';
import { gslbClusterKind } from './gslb-cluster/schema.ts';
import { gslbPolicyKind } from './gslb-policy/schema.ts';
import { foreignClusterKind } from './offload/foreign-cluster.ts';
import { namespaceMapKind } from './offload/namespace-map.ts';
import { namespaceOffloadingKind } from './offload/namespace-offloading.ts';
import { peeringClaimKind } from './offload/peering-claim.ts';
import { resourceSliceKind } from './offload/resource-slice.ts';
import { shadowEndpointSliceKind } from './offload/shadow-endpoint-slice.ts';
import { shadowPodKind } from './offload/shadow-pod.ts';
import { tenantKind } from './offload/tenant.ts';
import { virtualNodeKind } from './offload/virtual-node.ts';
import { zoneDelegationKind } from './zone-delegation/schema.ts';

/** The kinds of offloading that Interspan has a CRD for: Liqo's, and the claim. */
export const offloadKinds: readonly CustomKind[] = [
  foreignClusterKind,
  namespaceOffloadingKind,
  namespaceMapKind,
  virtualNodeKind,
  shadowPodKind,
  shadowEndpointSliceKind,
  resourceSliceKind,
  tenantKind,
  peeringClaimKind,
];

/** Every kind that Interspan has a CRD for. */
export const customKinds: readonly CustomKind[] = [
  gslbKind,
  legacyGslbKind,
  zoneDelegationKind,
  gslbPolicyKind,
  gslbClusterKind,
  ...offloadKinds,
];
