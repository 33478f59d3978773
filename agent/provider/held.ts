import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { objectKey, splitKey } from '#core/api/resource.ts';
import { deletionGrace } from './deletion-grace.ts';
import type { Refusal } from './errors.ts';
import { hasEnded, type ProvidedPod, shadowUID } from './pod.ts';
import { type Amounts, podRequests, sum } from './pod-requests.ts';
import { type Reservations, reservations } from './reservations.ts';
import type { TenantWatch } from './tenant-watch.ts';
import type { TwinWatch } from './twin-watch.ts';

/** All that is held in memory: watches, and what they do not show yet. Keys are `namespace/name`. */
export interface Held {
  readonly twins: Map<string, TwinWatch>;
  readonly tenants: Map<string, TenantWatch>;
  readonly reserved: Reservations;
  twinOf(key: string): TwinWatch | undefined;
  twinsOf(tenantNamespace: string): readonly TwinWatch[];
  tenantOf(twin: TwinNamespace): Tenant | undefined;
  /** All lists of the tenant are complete: what it uses is known. */
  isReady(tenantNamespace: string): boolean;
  /** What the pods of a tenant ask for: those that are there and have not ended, and those just asked for. */
  used(tenantNamespace: string): Amounts;
  /** Why this ShadowPod has no Pod, if it was refused. */
  refusalOf(key: string, shadow: ShadowPod): Refusal | undefined;
  refuse(key: string, shadow: ShadowPod, refusal: Refusal): void;
  /** No longer refused. */
  pass(key: string): void;
  /** Keys of ShadowPods of a tenant that are refused now, the earliest first. */
  refusedOf(tenantNamespace: string): readonly string[];
  /** Notes the phase of a Pod before the ShadowPod's own status says so, unless somebody is deleting the Pod. */
  seePhase(pod: ProvidedPod): void;
  /** The last phase known of the Pod of this ShadowPod. */
  phaseOf(key: string, shadow: ShadowPod | undefined): string | undefined;
  /** Notes with how much grace the Pod of this deleted ShadowPod is to go. */
  endShadow(key: string, shadow: ShadowPod): void;
  /** With how much grace this Pod goes, seconds, where its own does not count. */
  graceOf(key: string, pod: ProvidedPod | undefined): number | undefined;
  /** The Pod is gone. */
  endPod(key: string): void;
  forget(key: string): void;
  forgetNamespace(namespace: string): void;
}

/** Holds nothing yet. `now` is in milliseconds, any epoch. */
export function held(now: () => number): Held {
  const twins = new Map<string, TwinWatch>();
  const tenants = new Map<string, TenantWatch>();
  const reserved = reservations(now);
  const refused = new Map<string, { readonly uid: string | undefined; readonly refusal: Refusal }>();
  const phases = new Map<string, { readonly uid: string; readonly phase: string }>();
  const graces = new Map<string, { readonly uid: string | undefined; readonly seconds: number }>();
  const requests = new WeakMap<ProvidedPod, Amounts>();

  const twinOf = (key: string): TwinWatch | undefined => twins.get(splitKey(shadowPods, key).namespace ?? '');
  const twinsOf = (tenantNamespace: string): readonly TwinWatch[] =>
    [...twins.values()].filter(({ twin }) => twin.tenantNamespace === tenantNamespace);
  const requestsOf = (pod: ProvidedPod): Amounts => {
    const known = requests.get(pod) ?? podRequests(pod.spec ?? {});
    requests.set(pod, known);
    return known;
  };

  return {
    twins,
    tenants,
    reserved,
    twinOf,
    twinsOf,
    tenantOf: ({ tenantNamespace }) => tenants.get(tenantNamespace)?.get(),
    isReady: (tenantNamespace) =>
      (tenants.get(tenantNamespace)?.synced() ?? false) &&
      twinsOf(tenantNamespace).every(({ synced }) => synced()),
    used: (tenantNamespace) => {
      let all: Amounts = { pods: 0n };
      for (const { pods } of twinsOf(tenantNamespace)) {
        for (const pod of pods.list()) {
          if (shadowUID(pod) !== undefined && !hasEnded(pod)) all = sum(all, requestsOf(pod));
        }
      }
      for (const amounts of reserved.of(tenantNamespace)) all = sum(all, amounts);
      return all;
    },
    refusalOf: (key, { metadata }) => {
      const one = refused.get(key);
      return one !== undefined && one.uid === metadata.uid ? one.refusal : undefined;
    },
    refuse: (key, { metadata }, refusal) => void refused.set(key, { uid: metadata.uid, refusal }),
    pass: (key) => void refused.delete(key),
    refusedOf: (tenantNamespace) =>
      [...refused.keys()].filter((key) => twinOf(key)?.twin.tenantNamespace === tenantNamespace),
    seePhase: (pod) => {
      const uid = shadowUID(pod);
      const { phase } = pod.status ?? {};
      if (uid === undefined || phase === undefined || pod.metadata.deletionTimestamp !== undefined) return;
      phases.set(objectKey(shadowPods, pod.metadata), { uid, phase });
    },
    phaseOf: (key, shadow) => {
      const seen = phases.get(key);
      return seen !== undefined && seen.uid === shadow?.metadata.uid ? seen.phase : shadow?.status?.phase;
    },
    endShadow: (key, shadow) => {
      const seconds = deletionGrace(shadow);
      const mayHavePod = twinOf(key)?.pods.get(key) !== undefined || reserved.heldMs(key) !== undefined;
      if (seconds !== undefined && mayHavePod) graces.set(key, { uid: shadow.metadata.uid, seconds });
    },
    graceOf: (key, pod) => {
      const one = graces.get(key);
      return one !== undefined && pod !== undefined && one.uid === shadowUID(pod) ? one.seconds : undefined;
    },
    endPod: (key) => void graces.delete(key),
    forget: (key) => {
      refused.delete(key);
      phases.delete(key);
    },
    forgetNamespace: (namespace) => {
      for (const map of [refused, phases, graces]) {
        for (const key of map.keys()) if (key.startsWith(`${namespace}/`)) map.delete(key);
      }
    },
  };
}
