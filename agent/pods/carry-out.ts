import { annotations } from '#agent/model/names.ts';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { found, foundWhereServed } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { EventToRecord } from '#core/source/source.ts';
import type { Step } from './decide.ts';
import { type PodReason, podSaid, type Said } from './errors.ts';
import {
  marksOf,
  marksPatch,
  statusFailed,
  statusFrom,
  statusNotReady,
  statusPatch,
  statusRefused,
  statusVirtual,
} from './local-status.ts';
import { type LocalPod, localPods, type PodStatus, type RemotePod } from './pod.ts';
import type { Refusals } from './refusals.ts';
import { shadowMetadataPatch } from './shadow-metadata-patch.ts';
import { shadowMetadata, toShadowPod } from './to-shadow-pod.ts';
import type { Tombstones } from './tombstones.ts';

export interface CarryOutOptions {
  /** This cluster. */
  readonly source: ApiServerSource;
  readonly link: ProviderLink;
  /** Id of this cluster. */
  readonly clusterID: string;
  readonly agentAddress: () => string | undefined;
  readonly tombstones: Tombstones;
  readonly refusals: Refusals;
  /** Records an event, come what may. */
  readonly say: (event: EventToRecord) => void;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** Which pod a step is about. */
export interface Place {
  /** `namespace/name` here. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly local: LocalPod | undefined;
  /** The twin namespace, where there is one. */
  readonly remoteNamespace: string | undefined;
}

/** Does one step; rejects with SourceError where it could not. Each is safe to do again. */
export function carryOut(options: CarryOutOptions): (step: Step, place: Place) => Promise<ReconcileResult> {
  const { source, link, clusterID, agentAddress, tombstones, refusals, say, wallClock } = options;
  const route = { origin: clusterID, destination: link.clusterID };

  const said = (reason: PodReason, { namespace }: Place, detail?: string): Said =>
    podSaid(reason, {
      provider: link.clusterID,
      node: link.nodeName,
      namespace,
      ...(detail !== undefined && { detail }),
    });

  /** Writes the status where it differs; the answer says whether it did. */
  const writeStatus = async (local: LocalPod, wanted: PodStatus): Promise<boolean> => {
    const patch = statusPatch(local, wanted);
    if (patch === undefined) return false;
    const { namespace, name, uid = '' } = local.metadata;
    await ignoringGone(source.patchStatus(localPods, `${namespace}/${name}`, patch, { uid }));
    return true;
  };

  const dropShadow = async (shadow: ShadowPod, orphan: boolean, place: Place): Promise<void> => {
    // The list that has no such pod may be a moment behind whoever made the ShadowPod.
    if (orphan && (await uidNow(source, place.key)) === shadow.spec?.consumerPodUID) return;
    const { namespace, name, uid } = shadow.metadata;
    const key = `${namespace}/${name}`;
    // A ShadowPod itself has no grace: it goes at once, and tells the grace with its last words.
    const grace = unusualGrace(place.local);
    if (grace !== undefined) {
      const told = { [annotations.deletionGrace]: String(grace) };
      await link.remote.patch(shadowPods, key, { metadata: { uid, annotations: told } });
    }
    await link.remote.delete(shadowPods, key, uid === undefined ? {} : { uid });
  };

  const removeLocal = async (local: LocalPod, tombstone: boolean, place: Place): Promise<void> => {
    const { namespace, name } = place;
    const { uid = '' } = local.metadata;
    if (tombstone) {
      await tombstones.add({ namespace, name, uid, time: new Date(wallClock()).toISOString() });
      say({ type: 'Warning', ...said('ProviderLost', place), about: local });
    }
    await ignoringGone(source.delete(localPods, place.key, { uid, gracePeriodSeconds: 0 }));
  };

  const fail = async (
    local: LocalPod,
    { reason, confirm }: Extract<Step, { do: 'fail' }>,
    place: Place,
  ): Promise<void> => {
    if (confirm && (await isOffloadedNow(source, place.namespace))) return;
    const cause = said(reason, place);
    if (await writeStatus(local, statusFailed(local, cause, wallClock()))) {
      say({ type: 'Warning', ...cause, about: local });
    }
  };

  const pretend = async (local: LocalPod, place: Place): Promise<void> => {
    const cause = said('NotRunHere', place);
    const more = { hostIP: agentAddress(), message: cause.message, wallMs: wallClock() };
    const first = local.status?.phase !== 'Running';
    await writeStatus(local, statusVirtual(local, more));
    if (first) say({ type: 'Normal', ...cause, about: local });
  };

  const refuse = async (local: LocalPod, cause: { reason: string; message: string }): Promise<void> => {
    if (await writeStatus(local, statusRefused(local, cause, wallClock()))) {
      say({ type: 'Warning', ...cause, about: local });
    }
  };

  const send = async (local: LocalPod, namespace: string, place: Place): Promise<ReconcileResult> => {
    const waitMs = refusals.waitMs(place.key, local.metadata.uid);
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    const { shadowPod, notes } = toShadowPod(local, { ...route, namespace });
    try {
      await link.remote.create(shadowPods, shadowPod);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      // It is there, and the watch has yet to tell of it; or it is not, and the next try tells.
      if (error.code === 'conflict') return { requeueAfterMs: 500 };
      if (error.code !== 'forbidden' && error.code !== 'invalid') throw error;
      const { message } = said('RefusedByProvider', place, error.message);
      const againMs = refusals.add(place.key, local.metadata.uid);
      await refuse(local, { reason: 'RefusedByProvider', message });
      return { requeueAfterMs: againMs };
    }
    refusals.forget(place.key);
    const twinName = `${namespace}/${place.name}`;
    say({ type: 'Normal', ...said('Offloaded', place, twinName), about: local });
    for (const note of notes) say({ type: 'Warning', ...note, about: local });
    return {};
  };

  /** Labels and annotations of the pod may change as long as it lives. */
  const keep = async (local: LocalPod, shadow: ShadowPod): Promise<void> => {
    const patch = shadowMetadataPatch(shadow, shadowMetadata(local, route));
    const { namespace, name } = shadow.metadata;
    if (patch !== undefined) await ignoringGone(link.remote.patch(shadowPods, `${namespace}/${name}`, patch));
  };

  const follow = async (local: LocalPod, remote: RemotePod, place: Place): Promise<void> => {
    const wanted = statusFrom(remote, local, { hostIP: agentAddress(), wallMs: wallClock() });
    const marks = marksPatch(local, marksOf(local, remote));
    // Marks first in the order of requests, so that who is woken by the status mostly finds them.
    await Promise.all([
      marks === undefined ? undefined : ignoringGone(source.patch(localPods, place.key, marks)),
      writeStatus(local, wanted),
    ]);
  };

  const withLocal = async (step: Step, local: LocalPod, place: Place): Promise<ReconcileResult> => {
    switch (step.do) {
      case 'removeLocal':
        await removeLocal(local, step.tombstone, place);
        return {};
      case 'fail':
        await fail(local, step, place);
        return {};
      case 'pretend':
        await pretend(local, place);
        return {};
      case 'send':
        return place.remoteNamespace === undefined ? {} : send(local, place.remoteNamespace, place);
      case 'follow':
        await Promise.all([follow(local, step.remote, place), step.shadow && keep(local, step.shadow)]);
        return {};
      case 'refused':
        await Promise.all([refuse(local, refusalOf(step.shadow, link)), keep(local, step.shadow)]);
        return {};
      case 'awaitRemote': {
        const missing = statusNotReady(local, said('RemotePodMissing', place), wallClock());
        await Promise.all([writeStatus(local, missing), keep(local, step.shadow)]);
        return {};
      }
      case 'keep':
        await keep(local, step.shadow);
        return {};
      default:
        return {};
    }
  };

  return async (step, place) => {
    if (step.do === 'nothing') {
      return step.againAfterMs === undefined ? {} : { requeueAfterMs: step.againAfterMs };
    }
    if (step.do === 'dropShadow') {
      await ignoringGone(dropShadow(step.shadow, step.orphan, place));
      return {};
    }
    return place.local === undefined ? {} : withLocal(step, place.local, place);
  };
}

/** The words of the provider's agent; it may say no more than a reason. */
function refusalOf(shadow: ShadowPod, { clusterID }: ProviderLink): { reason: string; message: string } {
  const { reason = 'PodRefused', message = reason } = shadow.status ?? {};
  return { reason, message: `provider ${clusterID}: ${message}` };
}

/** The grace that somebody deletes the pod with, where it is not the pod's own. */
function unusualGrace(local: LocalPod | undefined): number | undefined {
  const { deletionGracePeriodSeconds } = local?.metadata ?? {};
  const own = local?.spec?.terminationGracePeriodSeconds ?? 30;
  return deletionGracePeriodSeconds === own ? undefined : deletionGracePeriodSeconds;
}

/** UID of the pod of that name now; undefined where there is none. */
export async function uidNow(source: Pick<ApiServerSource, 'get'>, key: string): Promise<string | undefined> {
  return (await found(source.get(localPods, key)))?.metadata.uid;
}

/** Nobody is told that a pod failed on the word of a list that may be behind. */
async function isOffloadedNow(source: Pick<ApiServerSource, 'get'>, namespace: string): Promise<boolean> {
  const reading = source.get(namespaceOffloadings, `${namespace}/offloading`);
  return (await foundWhereServed(reading)) !== undefined;
}

/** What was to be written is not there any more, or another of its name is: the watch tells what is. */
async function ignoringGone(write: Promise<void>): Promise<void> {
  await ignoring(['notFound', 'conflict'], write);
}
