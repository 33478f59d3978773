import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import { objectKey } from '#core/api/resource.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { Change } from '#core/source/source.ts';
import { type AdmissionOptions, admission } from './admission.ts';
import { held as holding } from './held.ts';
import { hasEnded, type ProvidedPod, providedPods } from './pod.ts';
import { statusPatch } from './shadow-status.ts';
import { watchTenant } from './tenant-watch.ts';
import { watchTwin } from './twin-watch.ts';
import { usedResources } from './used-resources.ts';

export type ProviderOptions = Omit<AdmissionOptions, 'held'>;

export interface Provider {
  /**
   * All twin namespaces of this cluster. A tenant's quota is counted over those given: call it first when all that
   * exist are known.
   */
  setTwins(twins: readonly TwinNamespace[]): void;
  /** Resolves when the signal has aborted and the last request has ended: the Lease may be given up then. */
  readonly drained: Promise<void>;
}

/**
 * Makes Pods of the ShadowPods in twin namespaces, one at a time, within what each Tenant was granted. The Pods are the
 * only record of what is used: it is counted anew from a list when this starts. Pods go when their ShadowPod is gone.
 */
export function startProvider(options: ProviderOptions, signal: AbortSignal): Provider {
  const { source, log, random, wallClock, admits } = options;
  const held = holding(wallClock);
  const reconcile = admission({ ...options, held });

  /** One at a time: each counts what those before it were given. */
  const pods = keyedQueue(
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
        const watch = held.twinOf(key);
        const shadow = watch?.shadows.get(key);
        if (watch === undefined || shadow === undefined || !admits()) return undefined;
        const patch = statusPatch(shadow, watch.pods.get(key), held.refusalOf(key, shadow));
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
      used: held.used,
      tenant: (namespace) =>
        admits() && held.isReady(namespace) ? held.tenants.get(namespace)?.get() : undefined,
    },
    signal,
  );

  const onPod = ({ type, object }: Change<ProvidedPod>, { tenantNamespace }: TwinNamespace): void => {
    const key = objectKey(providedPods, object.metadata);
    held.reserved.release(key);
    held.seePhase(object);
    if (type === 'deleted') held.endPod(key);
    usage.add(tenantNamespace);
    pods.add(key);
    if (type === 'deleted' || hasEnded(object))
      for (const one of held.refusedOf(tenantNamespace)) pods.add(one);
  };

  const onShadow = ({ type, object }: Change<ShadowPod>): void => {
    const key = objectKey(shadowPods, object.metadata);
    if (type === 'deleted') {
      held.endShadow(key, object);
      held.forget(key);
    }
    pods.add(key);
  };

  /** Everything of a tenant, the oldest first. */
  const addAll = (tenantNamespace: string): void => {
    if (!held.isReady(tenantNamespace)) return;
    const watches = held.twinsOf(tenantNamespace);
    const shadows = watches.flatMap((watch) => [...watch.shadows.list()]).sort(byAge);
    const made = watches.flatMap((watch) => [...watch.pods.list()]);
    for (const { metadata } of [...shadows, ...made]) pods.add(objectKey(shadowPods, metadata));
    usage.add(tenantNamespace);
  };

  const begin = (twin: TwinNamespace): void => {
    const { namespace, tenantNamespace } = twin;
    if (!held.tenants.has(tenantNamespace)) {
      const watch = watchTenant(source, tenantNamespace, () => addAll(tenantNamespace), signal);
      held.tenants.set(tenantNamespace, watch);
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
    held.twins.set(namespace, watch);
  };

  const end = (namespace: string): void => {
    held.twins.get(namespace)?.end();
    held.twins.delete(namespace);
    held.forgetNamespace(namespace);
  };

  return {
    setTwins: (wanted) => {
      if (signal.aborted) return;
      const byName = new Map(wanted.map((twin) => [twin.namespace, twin]));
      const before = [...held.twins.values()];
      for (const { twin } of before) {
        const now = byName.get(twin.namespace);
        if (now?.consumer !== twin.consumer || now.tenantNamespace !== twin.tenantNamespace)
          end(twin.namespace);
      }
      for (const twin of wanted) if (!held.twins.has(twin.namespace)) begin(twin);
      for (const [namespace, watch] of held.tenants) {
        if (held.twinsOf(namespace).length > 0) continue;
        watch.end();
        held.tenants.delete(namespace);
      }
      for (const namespace of held.tenants.keys()) addAll(namespace);
    },
    drained: Promise.all([pods.drained, status.drained, usage.drained]).then(() => undefined),
  };
}

function byAge({ metadata: one }: ShadowPod, { metadata: other }: ShadowPod): number {
  return (one.creationTimestamp ?? '').localeCompare(other.creationTimestamp ?? '');
}
