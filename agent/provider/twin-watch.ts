import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import type { Change, Source, Watch } from '#core/source/source.ts';
import { type ProvidedPod, providedPods, trimPod } from './pod.ts';

/** ShadowPods and Pods of one twin namespace. */
export interface TwinWatch {
  readonly twin: TwinNamespace;
  readonly shadows: Watch<ShadowPod>;
  readonly pods: Watch<ProvidedPod>;
  /** Both lists are complete. */
  readonly synced: () => boolean;
  end(): void;
}

export interface TwinWatchOptions {
  readonly source: Source;
  readonly onShadow: (change: Change<ShadowPod>) => void;
  readonly onPod: (change: Change<ProvidedPod>) => void;
  readonly onSynced: () => void;
}

/** Watches one, until `end` or the signal. Our roles there are bound by namespace, so each has watches of its own. */
export function watchTwin(twin: TwinNamespace, options: TwinWatchOptions, signal: AbortSignal): TwinWatch {
  const { source, onShadow, onPod, onSynced } = options;
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const { namespace } = twin;
  const shadows = source.watch<ShadowPod>({ resource: shadowPods, namespace, onChange: onShadow }, until);
  const pods = source.watch<ProvidedPod>(
    { resource: providedPods, namespace, trim: trimPod, onChange: onPod },
    until,
  );
  let synced = false;
  Promise.all([shadows.synced, pods.synced]).then(
    () => {
      synced = true;
      if (!until.aborted) onSynced();
    },
    // Rejects only when it has been ended.
    () => undefined,
  );
  return { twin, shadows, pods, synced: () => synced, end: () => ending.abort() };
}
