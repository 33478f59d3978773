import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { type Refusal, refusals } from './errors.ts';
import { hasEnded, type ProvidedPod, shadowUID } from './pod.ts';

/** What is known of one name in a twin namespace. */
export interface Facts {
  readonly shadow: ShadowPod | undefined;
  readonly pod: ProvidedPod | undefined;
  readonly tenant: Tenant | undefined;
  /** The last phase seen of a pod of this ShadowPod while nobody was deleting it. */
  readonly phase: string | undefined;
  /** Grace that the ShadowPod of this Pod was deleted with, seconds; undefined: the Pod's own. */
  readonly grace: number | undefined;
}

/** What is to be done about it. */
export type Step =
  | { readonly do: 'nothing' }
  /** The Pod is ours and is to go; with its own grace period where none is given, seconds. */
  | { readonly do: 'delete'; readonly grace?: number }
  | { readonly do: 'refuse'; readonly refusal: Refusal }
  /** The Pod stands: its labels follow the ShadowPod's. */
  | { readonly do: 'keep' }
  /** There is none and there should be, if it passes the allow-list and the quota. */
  | { readonly do: 'admit'; readonly shadow: ShadowPod; readonly tenant: Tenant };

/**
 * A Pod belongs to one ShadowPod, by UID: of an earlier one of the name it goes first. One that ended is not run again,
 * one that somebody deleted is made again. A Pod that no ShadowPod made is left alone.
 */
export function decide({ shadow, pod, tenant, phase, grace }: Facts): Step {
  const owner = pod === undefined ? undefined : shadowUID(pod);
  const wanted = shadow !== undefined && shadow.metadata.deletionTimestamp === undefined;
  const condition = tenant?.spec?.tenantCondition ?? 'Active';
  if (pod !== undefined) {
    if (owner === undefined) return wanted ? refuse(refusals.nameTaken()) : { do: 'nothing' };
    const stays = wanted && owner === shadow.metadata.uid && (condition !== 'Drained' || hasEnded(pod));
    if (pod.metadata.deletionTimestamp !== undefined) {
      // Garbage collection was faster, and knows of no grace but the Pod's own; it can only be shortened.
      const { deletionGracePeriodSeconds: given = 0 } = pod.metadata;
      if (!stays && grace !== undefined && grace < given) return { do: 'delete', grace };
      return stays || !wanted ? { do: 'nothing' } : afterDeletion(condition);
    }
    return stays ? { do: 'keep' } : { do: 'delete', ...(grace !== undefined && { grace }) };
  }
  if (!wanted || phase === 'Succeeded' || phase === 'Failed') return { do: 'nothing' };
  if (tenant === undefined) return refuse(refusals.unknownTenant());
  if (condition === 'Drained') return refuse(refusals.drained());
  if (condition === 'Cordoned') return refuse(refusals.cordoned());
  return { do: 'admit', shadow, tenant };
}

/** The Pod in the way is going already. */
function afterDeletion(condition: string): Step {
  return condition === 'Drained' ? refuse(refusals.drained()) : { do: 'nothing' };
}

function refuse(refusal: Refusal): Step {
  return { do: 'refuse', refusal };
}
