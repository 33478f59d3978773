import { names } from '#agent/model/names.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import { type KeyedQueue, keyedQueue } from '#core/kube/keyed-queue.ts';
import type { Source } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { Amounts } from './pod-requests.ts';
import { formatQuantity } from './quantity.ts';

export interface UsedResourcesOptions {
  readonly source: Source;
  readonly log: Logger;
  readonly random: () => number;
  /** Milliseconds. */
  readonly wallClock: () => number;
  readonly tenant: (tenantNamespace: string) => Tenant | undefined;
  readonly used: (tenantNamespace: string) => Amounts;
}

const pauseMs = 1000;

/** Keeps `usedResources` in Tenants' status: at most one write a second each, none when it says so already. */
export function usedResources(options: UsedResourcesOptions, signal: AbortSignal): KeyedQueue {
  const { source, log, random, wallClock, tenant, used } = options;
  const written = new Map<string, number>();
  return keyedQueue(
    {
      concurrency: 2,
      random,
      onError: (key, error) => log.warn({ tenant: key, error }, 'used resources cannot be written'),
      reconcile: async (namespace) => {
        const holder = tenant(namespace);
        if (holder === undefined) return void written.delete(namespace);
        const patch = usedPatch(holder.status?.usedResources ?? {}, used(namespace));
        if (patch === undefined) return undefined;
        const sinceMs = wallClock() - (written.get(namespace) ?? Number.NEGATIVE_INFINITY);
        if (sinceMs >= 0 && sinceMs < pauseMs) return { requeueAfterMs: pauseMs - sinceMs };
        written.set(namespace, wallClock());
        await source.patchStatus(tenants, `${namespace}/${names.peering}`, { usedResources: patch });
        return { requeueAfterMs: pauseMs };
      },
    },
    signal,
  );
}

/** A merge patch from what stands there to what is used; undefined where they are equal. */
export function usedPatch(
  stands: Readonly<Record<string, string | number>>,
  used: Amounts,
): Readonly<Record<string, string | null>> | undefined {
  const wanted = Object.entries(used).map(([name, amount]) => [name, formatQuantity(amount)] as const);
  const changed = wanted.filter(([name, text]) => String(stands[name]) !== text);
  const gone = Object.keys(stands).filter((name) => !Object.hasOwn(used, name));
  if (changed.length + gone.length === 0) return undefined;
  return { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((name) => [name, null])) };
}
