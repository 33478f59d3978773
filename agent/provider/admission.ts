import type { TwinNamespace } from '#agent/model/provider-link.ts';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { DeleteOptions } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { buildPod, podLabels } from './build-pod.ts';
import { decide } from './decide.ts';
import { type Refusal, refusals } from './errors.ts';
import type { Held } from './held.ts';
import { type ProvidedPod, providedPods, type ResourceList } from './pod.ts';
import { podRequests } from './pod-requests.ts';
import { shortage } from './quota.ts';

export interface AdmissionOptions {
  readonly source: ApiServerSource;
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Whether this replica holds the Lease now: none other admits. */
  readonly admits: () => boolean;
  /** What all pods of a tenant may ask for together, with what is granted where its Tenant says nothing. */
  readonly granted: (tenant: Tenant) => ResourceList;
  readonly held: Held;
}

/** How long the watch may take to show a Pod before it is asked for. */
const unseenMs = 3000;
/** Pause before a pod that the API server refused is tried again. */
const refusedMs = 15_000;
const notLeadingMs = 1000;
/** A new namespace gets its account `default` from the controller-manager, a moment after it is made. */
const accountMissing = /serviceaccount "default" not found/;
const newNamespaceMs = 10_000;
const accountMs = 500;

/**
 * Brings the Pod of one name to what its ShadowPod and Tenant say. Must run for one key at a time in all: each counts
 * what those before it were given.
 */
export function admission(options: AdmissionOptions): (key: string) => Promise<ReconcileResult | undefined> {
  const { source, log, random, wallClock, admits, granted, held } = options;
  const { reserved } = held;

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const watch = held.twinOf(key);
    if (watch === undefined) return void reserved.release(key);
    if (!held.isReady(watch.twin.tenantNamespace)) return undefined;
    if (!admits()) return { requeueAfterMs: notLeadingMs };
    if (await isUnseen(key)) return { requeueAfterMs: unseenMs };
    const shadow = watch.shadows.get(key);
    const pod = watch.pods.get(key);
    const tenant = held.tenantOf(watch.twin);
    const facts = { shadow, pod, tenant, phase: held.phaseOf(key, shadow), grace: held.graceOf(key, pod) };
    const step = decide(facts);
    if (step.do !== 'refuse' && step.do !== 'admit') held.pass(key);
    switch (step.do) {
      case 'nothing':
        return undefined;
      case 'refuse':
        return void refuse(key, shadow as ShadowPod, step.refusal);
      case 'keep':
        return await followLabels(key, shadow as ShadowPod, pod as ProvidedPod, watch.twin);
      case 'delete':
        {
          const going = source.delete(providedPods, key, deletion(pod as ProvidedPod, step.grace));
          await ignoring('conflict', going);
        }
        return undefined;
      case 'admit':
        return await admit(key, step.shadow, step.tenant, watch.twin);
    }
  };

  /** Whether a Pod that was asked for may exist though the watch does not show it. */
  const isUnseen = async (key: string): Promise<boolean> => {
    const heldMs = reserved.heldMs(key);
    if (heldMs === undefined) return false;
    if (heldMs < unseenMs || (await exists(key))) return true;
    // It is gone again, or was never made.
    reserved.release(key);
    return false;
  };

  const admit = async (
    key: string,
    shadow: ShadowPod,
    tenant: Tenant,
    { consumer, tenantNamespace }: TwinNamespace,
  ): Promise<ReconcileResult | undefined> => {
    const { podSecurity } = tenant.spec ?? {};
    const built = buildPod(shadow, { consumer, ...(podSecurity && { podSecurity }) });
    if ('refused' in built) return void refuse(key, shadow, refusals.fields(built.refused));
    const asked = podRequests(built.pod.spec ?? {});
    const short = shortage(granted(tenant), held.used(tenantNamespace), asked);
    if (short !== undefined) return void refuse(key, shadow, refusals.quota(short));
    reserved.hold(key, tenantNamespace, asked);
    try {
      await source.create(providedPods, built.pod);
    } catch (error) {
      const code = error instanceof SourceError ? error.code : undefined;
      if (code === 'invalid' || code === 'forbidden') {
        reserved.release(key);
        const said = words(error as SourceError);
        const ageMs = wallClock() - Date.parse(shadow.metadata.creationTimestamp ?? '');
        if (accountMissing.test(said) && ageMs < newNamespaceMs) return { requeueAfterMs: accountMs };
        refuse(key, shadow, refusals.apiServer(said));
        return { requeueAfterMs: refusedMs * (1 + random() / 2) };
      }
      if (code === 'notFound' || code === 'unauthorized' || code === 'readOnly') reserved.release(key);
      // There is one that the watch is about to show; of a lost answer it is not known whether it made one.
      if (code !== 'conflict') throw error;
    }
    held.pass(key);
    return { requeueAfterMs: unseenMs };
  };

  const refuse = (key: string, about: ShadowPod, refusal: Refusal): void => {
    const before = held.refusalOf(key, about);
    held.refuse(key, about, refusal);
    if (before?.reason === refusal.reason && before.message === refusal.message) return;
    log.info({ shadowPod: key, reason: refusal.reason, why: refusal.message }, 'a ShadowPod was refused');
    source
      .recordEvent({ type: 'Warning', ...refusal, about })
      .catch((error: unknown) => log.debug({ shadowPod: key, error }, 'the event cannot be written'));
  };

  const followLabels = async (
    key: string,
    shadow: ShadowPod,
    pod: ProvidedPod,
    { consumer }: TwinNamespace,
  ): Promise<undefined> => {
    const wanted = Object.entries(podLabels(shadow, consumer));
    const changed = wanted.filter(([name, value]) => pod.metadata.labels?.[name] !== value);
    if (changed.length === 0) return;
    const metadata = { uid: pod.metadata.uid, labels: Object.fromEntries(changed) };
    await ignoring(['conflict', 'notFound'], source.patch(providedPods, key, { metadata }));
  };

  const exists = async (key: string): Promise<boolean> =>
    (await found(source.get(providedPods, key))) !== undefined;

  return reconcile;
}

function deletion({ metadata: { uid } }: ProvidedPod, grace: number | undefined): DeleteOptions {
  return { ...(uid !== undefined && { uid }), ...(grace !== undefined && { gracePeriodSeconds: grace }) };
}

/** What the API server said, without what we asked. */
function words({ message }: SourceError): string {
  return message.replace(/^cannot [^:]*: /, '').replace(/ \(\d{3}\)$/, '');
}
