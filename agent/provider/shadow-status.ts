import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import type { Refusal } from './errors.ts';
import { hasEnded, type ProvidedPod, shadowUID } from './pod.ts';

/** A merge patch of a ShadowPod's status. */
export interface StatusPatch {
  readonly phase: string;
  readonly reason: string | null;
  readonly message: string | null;
}

/**
 * The phase of the ShadowPod's Pod, or why it has none; undefined where the status says so already. The end of a Pod
 * that is being deleted is not told: it is made again.
 */
export function statusPatch(
  shadow: ShadowPod,
  pod: ProvidedPod | undefined,
  refusal: Refusal | undefined,
): StatusPatch | undefined {
  const wanted = wantedStatus(shadow, pod, refusal);
  const { phase, reason, message } = shadow.status ?? {};
  if (wanted === undefined) return undefined;
  const same =
    phase === wanted.phase && (reason ?? null) === wanted.reason && (message ?? null) === wanted.message;
  return same ? undefined : wanted;
}

function wantedStatus(
  shadow: ShadowPod,
  pod: ProvidedPod | undefined,
  refusal: Refusal | undefined,
): StatusPatch | undefined {
  if (refusal !== undefined) return { phase: 'Pending', reason: refusal.reason, message: refusal.message };
  if (pod === undefined || shadowUID(pod) !== shadow.metadata.uid) return undefined;
  if (pod.metadata.deletionTimestamp !== undefined && hasEnded(pod)) return undefined;
  return { phase: pod.status?.phase ?? 'Pending', reason: null, message: null };
}
