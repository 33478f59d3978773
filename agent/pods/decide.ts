import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import { consumerUID, isDaemonSetPod, isTerminal, type LocalPod, type RemotePod, wasSent } from './pod.ts';

/** All that is known of one name in one namespace. */
export interface View {
  readonly local: LocalPod | undefined;
  /** Undefined: the namespace has no twin. */
  readonly twin: TwinView | undefined;
  /** Whether the provider answers. */
  readonly reachable: boolean;
  /** False until the pairs of namespaces have been told: a missing twin then means nothing. */
  readonly pairsKnown: boolean;
  /** The twin was taken away in this life of the agent. */
  readonly twinRemoved: boolean;
  /** Whether the namespace is offloaded at all, twin or not. */
  readonly offloaded: boolean;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

export interface TwinView {
  /** Whether what follows can be believed: both lists are read, and leftovers of the past are gone. */
  readonly ready: boolean;
  readonly shadow: ShadowPod | undefined;
  readonly remote: RemotePod | undefined;
}

/** What is to be done next for that name. */
export type Step =
  | { readonly do: 'nothing'; readonly againAfterMs?: number }
  /** Delete this ShadowPod; `orphan`: only if the local pod is really not there. */
  | { readonly do: 'dropShadow'; readonly shadow: ShadowPod; readonly orphan: boolean }
  /** Remove the local pod's object at once; with a tombstone where the provider may still run it. */
  | { readonly do: 'removeLocal'; readonly tombstone: boolean }
  /** `NotOffloaded` and `OffloadingAborted` are said only of what the API server confirms. */
  | { readonly do: 'fail'; readonly reason: 'NotOffloaded' | 'OffloadingAborted'; readonly confirm: boolean }
  | { readonly do: 'pretend' }
  | { readonly do: 'send' }
  | { readonly do: 'follow'; readonly remote: RemotePod; readonly shadow: ShadowPod | undefined }
  | { readonly do: 'refused'; readonly shadow: ShadowPod }
  | { readonly do: 'awaitRemote'; readonly shadow: ShadowPod }
  | { readonly do: 'keep'; readonly shadow: ShadowPod };

/** A pod that is being deleted goes without the provider's word so long after its grace. */
const unreachableGraceMs = 30_000;

/** The one place where it is decided what becomes of a pod. Pure. */
export function decide(view: View): Step {
  const { local, twin } = view;
  if (local === undefined) return withoutLocal(twin, view.reachable);
  if (isDaemonSetPod(local)) return daemonSetPod(local);
  if (local.metadata.deletionTimestamp !== undefined) return deleting(local, view);
  if (twin === undefined) return withoutTwin(local, view);
  if (!twin.ready || !view.reachable) return nothing;
  return withTwin(local, twin);
}

const nothing: Step = { do: 'nothing' };

function withoutLocal(twin: TwinView | undefined, reachable: boolean): Step {
  const { shadow, ready = false } = twin ?? {};
  if (!ready || !reachable || shadow === undefined || isGoing(shadow)) return nothing;
  return { do: 'dropShadow', shadow, orphan: true };
}

function daemonSetPod(local: LocalPod): Step {
  if (local.metadata.deletionTimestamp !== undefined) return { do: 'removeLocal', tombstone: false };
  return isTerminal(local) ? nothing : { do: 'pretend' };
}

function deleting(local: LocalPod, { twin, reachable, pairsKnown, wallMs }: View): Step {
  if (reachable && twin?.ready) return deletingWithTwin(local, twin);
  if (twin === undefined && pairsKnown && (reachable || !wasSent(local))) {
    return { do: 'removeLocal', tombstone: false };
  }
  // deletionTimestamp is the end of the grace.
  const graceEnds = Date.parse(local.metadata.deletionTimestamp ?? '');
  const wait = (Number.isNaN(graceEnds) ? 0 : graceEnds) + unreachableGraceMs - wallMs;
  return wait > 0 ? { do: 'nothing', againAfterMs: wait } : { do: 'removeLocal', tombstone: true };
}

function deletingWithTwin(local: LocalPod, { shadow, remote }: TwinView): Step {
  if (shadow !== undefined && !isGoing(shadow)) return { do: 'dropShadow', shadow, orphan: false };
  const left = remote !== undefined && belongs(remote, local, shadow);
  // What its containers end with is told as long as it can be.
  if (left && !isTerminal(local)) return { do: 'follow', remote, shadow: undefined };
  return left || shadow !== undefined ? nothing : { do: 'removeLocal', tombstone: false };
}

function withoutTwin(local: LocalPod, { pairsKnown, twinRemoved, offloaded }: View): Step {
  if (!pairsKnown || isTerminal(local)) return nothing;
  if (twinRemoved) return { do: 'fail', reason: 'OffloadingAborted', confirm: false };
  if (offloaded) return nothing;
  return { do: 'fail', reason: wasSent(local) ? 'OffloadingAborted' : 'NotOffloaded', confirm: true };
}

function withTwin(local: LocalPod, { shadow, remote }: TwinView): Step {
  const drop = (one: ShadowPod): Step => ({ do: 'dropShadow', shadow: one, orphan: false });
  if (shadow !== undefined) {
    if (isGoing(shadow)) return nothing;
    if (consumerUID(shadow) !== local.metadata.uid) return drop(shadow);
  }
  const own = remote !== undefined && belongs(remote, local, shadow) ? remote : undefined;
  if (isTerminal(local)) {
    // It stays for its logs where it has ended too, and must not run where it has not.
    return shadow !== undefined && (own === undefined || !isTerminal(own)) ? drop(shadow) : nothing;
  }
  // A Pod without its ShadowPod, ours or of an earlier one of the name, is on its way out.
  if (shadow === undefined) return remote === undefined ? { do: 'send' } : nothing;
  if (own !== undefined) return { do: 'follow', remote: own, shadow };
  if (shadow.status?.reason) return { do: 'refused', shadow };
  return wasSent(local) ? { do: 'awaitRemote', shadow } : { do: 'keep', shadow };
}

function belongs(remote: RemotePod, local: LocalPod, shadow: ShadowPod | undefined): boolean {
  const uid = consumerUID(remote);
  if (uid !== undefined) return uid === local.metadata.uid;
  const owner = shadow?.metadata.uid;
  return owner !== undefined && (remote.metadata.ownerReferences ?? []).some((one) => one.uid === owner);
}

function isGoing({ metadata }: ShadowPod): boolean {
  return metadata.deletionTimestamp !== undefined;
}
