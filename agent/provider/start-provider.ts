import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { objectKey, splitKey } from '#core/api/resource.ts';
import { keyedQueue, type ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Change } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { buildPod, podLabels } from './build-pod.ts';
import { decide } from './decide.ts';
import { type Refusal, refusals } from './errors.ts';
import { hasEnded, type ProvidedPod, providedPods, shadowUID } from './pod.ts';
import { type Amounts, podRequests, sum } from './pod-requests.ts';
import { shortage } from './quota.ts';
import { reservations } from './reservations.ts';
import { statusPatch } from './shadow-status.ts';
import { type TenantWatch, watchTenant } from './tenant-watch.ts';
import { type TwinWatch, watchTwin } from './twin-watch.ts';
import { usedResources } from './used-resources.ts';

export interface ProviderOptions {
  readonly source: ApiServerSource;
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Whether this replica holds the Lease now: none other admits. */
  readonly admits: () => boolean;
}

export interface Provider {
  /**
   * All twin namespaces of this cluster. A tenant's quota is counted over those given: call it first when all that
   * exist are known.
   */
  setTwins(twins: readonly TwinNamespace[]): void;
  /** Resolves when the signal has aborted and the last request has ended: the Lease may be given up then. */
  readonly drained: Promise<void>;
}

/** How long the watch may take to show a Pod before it is asked for. */
const unseenMs = 3000;
/** Pause before a pod that the API server refused is tried again. */
const refusedMs = 15_000;
const notLeadingMs = 1000;
/** A new namespace gets its account `default` from the controller-manager, a moment after it is made. */
const accountMissing = /serviceaccount "default" not found/;
const newNamespaceMs = 10_000;
const accountMs = 100;

/**
 * Makes Pods of the ShadowPods in twin namespaces, one at a time, within what each Tenant was granted. The Pods are the
 * only record of what is used: it is counted anew from a list when this starts. Pods go when their ShadowPod is gone.
 */
export function startProvider(options: ProviderOptions, signal: AbortSignal): Provider {
  const { source, log, random, wallClock, admits } = options;
  const twins = new Map<string, TwinWatch>();
  const tenantWatches = new Map<string, TenantWatch>();
  const reserved = reservations(wallClock);
  /** By key: refused now, tried again when the tenant has more room. */
  const refused = new Map<string, { readonly uid: string | undefined; readonly refusal: Refusal }>();
  /** By key: phase of the Pod of a ShadowPod, before the ShadowPod's own status says so. */
  const phases = new Map<string, { readonly uid: string; readonly phase: string }>();
  const requests = new WeakMap<ProvidedPod, Amounts>();

  const twinOf = (key: string): TwinWatch | undefined => twins.get(splitKey(shadowPods, key).namespace ?? '');
  const twinsOf = (tenantNamespace: string): TwinWatch[] =>
    [...twins.values()].filter(({ twin }) => twin.tenantNamespace === tenantNamespace);
  const isReady = (tenantNamespace: string): boolean =>
    (tenantWatches.get(tenantNamespace)?.synced() ?? false) &&
    twinsOf(tenantNamespace).every(({ synced }) => synced());

  const requestsOf = (pod: ProvidedPod): Amounts => {
    const known = requests.get(pod) ?? podRequests(pod.spec ?? {});
    requests.set(pod, known);
    return known;
  };
  const used = (tenantNamespace: string): Amounts => {
    let all: Amounts = { pods: 0n };
    for (const { pods } of twinsOf(tenantNamespace)) {
      for (const pod of pods.list()) {
        if (shadowUID(pod) !== undefined && !hasEnded(pod)) all = sum(all, requestsOf(pod));
      }
    }
    for (const amounts of reserved.of(tenantNamespace)) all = sum(all, amounts);
    return all;
  };

  const admission = keyedQueue(
    {
      concurrency: 1,
      random,
      onError: (key, error, failures) =>
        log.warn({ shadowPod: key, error, failures }, 'the ShadowPod is tried again'),
      reconcile: async (key) => {
        const result = await reconcile(key);
        status.add(key);
        return result;
      },
    },
    signal,
  );
  /** Apart from admission, so that a burst of pods does not wait for what is only told. */
  const status = keyedQueue(
    {
      concurrency: 4,
      random,
      onError: (key, error) => log.warn({ shadowPod: key, error }, 'the status cannot be written'),
      reconcile: async (key) => {
        const watch = twinOf(key);
        const shadow = watch?.shadows.get(key);
        if (watch === undefined || shadow === undefined || !admits()) return undefined;
        const patch = statusPatch(shadow, watch.pods.get(key), refusalOf(key, shadow));
        if (patch !== undefined) await ignoring('notFound', source.patchStatus(shadowPods, key, patch));
        return undefined;
      },
    },
    signal,
  );
  const usage = usedResources(
    {
      source,
      log,
      random,
      wallClock,
      used,
      tenant: (namespace) =>
        admits() && isReady(namespace) ? tenantWatches.get(namespace)?.get() : undefined,
    },
    signal,
  );

  const refusalOf = (key: string, shadow: ShadowPod): Refusal | undefined => {
    const one = refused.get(key);
    return one !== undefined && one.uid === shadow.metadata.uid ? one.refusal : undefined;
  };

  const reconcile = async (key: string): Promise<ReconcileResult | undefined> => {
    const watch = twinOf(key);
    if (watch === undefined) return void reserved.release(key);
    if (!isReady(watch.twin.tenantNamespace)) return undefined;
    if (!admits()) return { requeueAfterMs: notLeadingMs };
    const heldMs = reserved.heldMs(key);
    if (heldMs !== undefined) {
      if (heldMs < unseenMs) return { requeueAfterMs: unseenMs };
      // The watch never showed it: it is gone again, or was never made.
      if (await exists(key)) return { requeueAfterMs: unseenMs };
      reserved.release(key);
    }
    const shadow = watch.shadows.get(key);
    const pod = watch.pods.get(key);
    const tenant = tenantWatches.get(watch.twin.tenantNamespace)?.get();
    const step = decide({ shadow, pod, tenant, phase: phaseOf(key, shadow) });
    if (step.do !== 'refuse' && step.do !== 'admit') refused.delete(key);
    switch (step.do) {
      case 'nothing':
        return undefined;
      case 'refuse':
        return void refuse(key, shadow as ShadowPod, step.refusal);
      case 'keep':
        return await followLabels(key, shadow as ShadowPod, pod as ProvidedPod, watch.twin);
      case 'delete':
        await ignoring('conflict', source.delete(providedPods, key, uidOf(pod as ProvidedPod)));
        return undefined;
      case 'admit':
        return await admit(key, step.shadow, step.tenant, watch.twin);
    }
  };

  const admit = async (
    key: string,
    shadow: ShadowPod,
    { spec: policy = {} as NonNullable<Tenant['spec']> }: Tenant,
    { consumer, tenantNamespace }: TwinNamespace,
  ): Promise<ReconcileResult | undefined> => {
    const { podSecurity } = policy;
    const built = buildPod(shadow, { consumer, ...(podSecurity && { podSecurity }) });
    if ('refused' in built) return void refuse(key, shadow, refusals.fields(built.refused));
    const asked = podRequests(built.pod.spec ?? {});
    const short = shortage(policy.resources, used(tenantNamespace), asked);
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
    refused.delete(key);
    usage.add(tenantNamespace);
    return { requeueAfterMs: unseenMs };
  };

  const refuse = (key: string, about: ShadowPod, refusal: Refusal): void => {
    const before = refusalOf(key, about);
    refused.set(key, { uid: about.metadata.uid, refusal });
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
    await ignoring('conflict', ignoring('notFound', source.patch(providedPods, key, { metadata })));
  };

  const exists = async (key: string): Promise<boolean> => {
    try {
      await source.get(providedPods, key);
      return true;
    } catch (error) {
      if (error instanceof SourceError && error.code === 'notFound') return false;
      throw error;
    }
  };

  const phaseOf = (key: string, shadow: ShadowPod | undefined): string | undefined => {
    const seen = phases.get(key);
    return seen !== undefined && seen.uid === shadow?.metadata.uid ? seen.phase : shadow?.status?.phase;
  };

  const tryRefused = (tenantNamespace: string): void => {
    const keys = [...refused.keys()].filter((key) => twinOf(key)?.twin.tenantNamespace === tenantNamespace);
    for (const key of keys) admission.add(key);
  };

  const onPod = ({ type, object }: Change<ProvidedPod>, { tenantNamespace }: TwinNamespace): void => {
    const key = objectKey(providedPods, object.metadata);
    const owner = shadowUID(object);
    reserved.release(key);
    const { phase } = object.status ?? {};
    if (owner !== undefined && phase !== undefined && object.metadata.deletionTimestamp === undefined) {
      phases.set(key, { uid: owner, phase });
    }
    usage.add(tenantNamespace);
    admission.add(key);
    if (type === 'deleted' || hasEnded(object)) tryRefused(tenantNamespace);
  };

  const onShadow = ({ type, object }: Change<ShadowPod>): void => {
    const key = objectKey(shadowPods, object.metadata);
    if (type === 'deleted') {
      refused.delete(key);
      phases.delete(key);
    }
    admission.add(key);
  };

  /** Everything of a tenant, the oldest first. */
  const addAll = (tenantNamespace: string): void => {
    if (!isReady(tenantNamespace)) return;
    const watches = twinsOf(tenantNamespace);
    const shadows = watches.flatMap((watch) => [...watch.shadows.list()]).sort(byAge);
    for (const { metadata } of shadows) admission.add(objectKey(shadowPods, metadata));
    for (const { pods } of watches) {
      for (const { metadata } of pods.list()) admission.add(objectKey(providedPods, metadata));
    }
    usage.add(tenantNamespace);
  };

  const begin = (twin: TwinNamespace): void => {
    const { namespace, tenantNamespace } = twin;
    if (!tenantWatches.has(tenantNamespace)) {
      const watch = watchTenant(source, tenantNamespace, () => addAll(tenantNamespace), signal);
      tenantWatches.set(tenantNamespace, watch);
    }
    const watch = watchTwin(
      twin,
      {
        source,
        onShadow,
        onPod: (change) => onPod(change, twin),
        onSynced: () => addAll(tenantNamespace),
      },
      signal,
    );
    twins.set(namespace, watch);
  };

  const end = (namespace: string): void => {
    twins.get(namespace)?.end();
    twins.delete(namespace);
    for (const map of [refused, phases]) {
      for (const key of map.keys()) if (key.startsWith(`${namespace}/`)) map.delete(key);
    }
  };

  return {
    setTwins: (wanted) => {
      if (signal.aborted) return;
      const byName = new Map(wanted.map((twin) => [twin.namespace, twin]));
      const before = [...twins.values()];
      for (const { twin } of before) {
        const now = byName.get(twin.namespace);
        if (now?.consumer !== twin.consumer || now.tenantNamespace !== twin.tenantNamespace)
          end(twin.namespace);
      }
      for (const twin of wanted) if (!twins.has(twin.namespace)) begin(twin);
      for (const [namespace, watch] of tenantWatches) {
        if (twinsOf(namespace).length > 0) continue;
        watch.end();
        tenantWatches.delete(namespace);
      }
      for (const namespace of tenantWatches.keys()) addAll(namespace);
    },
    drained: Promise.all([admission.drained, status.drained, usage.drained]).then(() => undefined),
  };
}

function byAge({ metadata: one }: ShadowPod, { metadata: other }: ShadowPod): number {
  return (one.creationTimestamp ?? '').localeCompare(other.creationTimestamp ?? '');
}

function uidOf({ metadata }: ProvidedPod): { readonly uid?: string } {
  return metadata.uid === undefined ? {} : { uid: metadata.uid };
}

/** What the API server said, without what we asked. */
function words({ message }: SourceError): string {
  return message.replace(/^cannot [^:]*: /, '').replace(/ \(\d{3}\)$/, '');
}

async function ignoring(code: SourceError['code'], work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === code)) throw error;
  }
}
