import { annotations } from '#agent/model/names.ts';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';

/** As much as a pod may have by its own spec, seconds. */
const longestSeconds = 3600;

/**
 * With how much grace the consumer deletes a pod, seconds, as the last words of its ShadowPod say; undefined where the
 * pod's own counts. Never 0: the Pod would be gone, and its quota free, while its containers still run.
 */
export function deletionGrace({ metadata }: ShadowPod): number | undefined {
  const text = metadata.annotations?.[annotations.deletionGrace] ?? '';
  return /^\d{1,9}$/.test(text) ? Math.min(Math.max(Number(text), 1), longestSeconds) : undefined;
}
