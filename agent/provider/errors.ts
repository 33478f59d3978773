import type { RefusedField } from './copy-allowed.ts';
import { formatQuantity } from './quantity.ts';
import type { Shortage } from './quota.ts';

/**
 * Why there is no Pod: `reason` of a ShadowPod's status and of the event on it. `PodRefused`: our allow-list or the API
 * server; `QuotaExceeded`: tried again when something ends; `NameTaken`: a Pod of that name is not ours.
 */
export interface Refusal {
  readonly reason:
    | 'PodRefused'
    | 'QuotaExceeded'
    | 'TenantCordoned'
    | 'TenantDrained'
    | 'TenantUnknown'
    | 'NameTaken';
  /** For people at the consumer: who refused it, the facts, the remedy. */
  readonly message: string;
}

const shown = 10;

/** Refusals by cause. */
export const refusals = {
  fields: (fields: readonly RefusedField[]): Refusal => ({
    reason: 'PodRefused',
    message: `The provider's agent refused the pod: ${fields
      .slice(0, shown)
      .map(({ path, because }) => `${path}: ${because}`)
      .join('. ')}${fields.length > shown ? `. And ${fields.length - shown} more` : ''}.`,
  }),
  apiServer: (words: string): Refusal => ({
    reason: 'PodRefused',
    message: `The provider's API server refused the pod: ${words}. Change the pod, or ask the provider's administrator.`,
  }),
  quota: ({ resource, used, limit, asked }: Shortage): Refusal => ({
    reason: 'QuotaExceeded',
    message: `The provider's agent refused the pod: it asks for ${formatQuantity(asked)} of ${resource}, ${formatQuantity(used)} of ${formatQuantity(limit)} granted are used. It starts when enough is free; spec.resources of the Tenant says what is granted.`,
  }),
  cordoned: (): Refusal => ({
    reason: 'TenantCordoned',
    message: 'The provider admits nothing new from this consumer: its administrator cordoned the Tenant.',
  }),
  drained: (): Refusal => ({
    reason: 'TenantDrained',
    message: 'The provider runs nothing of this consumer: its administrator drained the Tenant.',
  }),
  unknownTenant: (): Refusal => ({
    reason: 'TenantUnknown',
    message:
      "The provider's agent finds no Tenant for this namespace; the peering has ended or is being made anew.",
  }),
  nameTaken: (): Refusal => ({
    reason: 'NameTaken',
    message:
      'At the provider a Pod of this name exists that no ShadowPod made; rename the pod, or have the other one removed.',
  }),
} as const;
