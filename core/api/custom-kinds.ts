import type { CustomKind } from './custom-kind.ts';
import { gslbKind, legacyGslbKind } from './gslb/schema.ts';
import { zoneDelegationKind } from './zone-delegation/schema.ts';

/** Every kind that Interspan has a CRD for. */
export const customKinds: readonly CustomKind[] = [gslbKind, legacyGslbKind, zoneDelegationKind];
