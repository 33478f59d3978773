import type { Amounts } from './pod-requests.ts';

/** Pods that were asked for and that the watch does not show yet; each counts as used until it does. */
export interface Reservations {
  /** Counts a Pod of that key, from before the request is sent. */
  hold(key: string, tenantNamespace: string, amounts: Amounts): void;
  /** The watch shows it, or the API server said for certain that it was not made. */
  release(key: string): void;
  /** How long it has been held, milliseconds; undefined: it is not. */
  heldMs(key: string): number | undefined;
  of(tenantNamespace: string): Iterable<Amounts>;
}

/** Starts with none. `now` is in milliseconds, any epoch. */
export function reservations(now: () => number): Reservations {
  const held = new Map<string, { tenantNamespace: string; amounts: Amounts; sinceMs: number }>();
  return {
    hold: (key, tenantNamespace, amounts) => void held.set(key, { tenantNamespace, amounts, sinceMs: now() }),
    release: (key) => void held.delete(key),
    heldMs: (key) => {
      const one = held.get(key);
      return one && now() - one.sinceMs;
    },
    *of(tenantNamespace) {
      for (const one of held.values()) if (one.tenantNamespace === tenantNamespace) yield one.amounts;
    },
  };
}
