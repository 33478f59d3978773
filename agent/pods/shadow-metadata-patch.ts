import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import { isReservedKey } from './to-shadow-pod.ts';

type Keys = Readonly<Record<string, string>>;

/**
 * The merge patch that gives a ShadowPod the labels and annotations wanted; undefined where it has them. Keys that are
 * offloading's own are set, and never taken away: the provider may have put some there.
 */
export function shadowMetadataPatch(
  { metadata }: ShadowPod,
  wanted: { readonly labels: Keys; readonly annotations: Keys },
): object | undefined {
  const labels = difference(metadata.labels, wanted.labels);
  const annotations = difference(metadata.annotations, wanted.annotations);
  if (labels === undefined && annotations === undefined) return undefined;
  return { metadata: { uid: metadata.uid, ...(labels && { labels }), ...(annotations && { annotations }) } };
}

function difference(has: Keys = {}, wanted: Keys): Record<string, string | null> | undefined {
  const changed = Object.entries(wanted).filter(([key, value]) => has[key] !== value);
  const gone = Object.keys(has).filter((key) => !Object.hasOwn(wanted, key) && !isReservedKey(key));
  if (changed.length + gone.length === 0) return undefined;
  return { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((key) => [key, null])) };
}
