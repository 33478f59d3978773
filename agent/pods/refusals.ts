/** Pods that the provider's API server refused, and when each may be tried again. */
export interface Refusals {
  /** Notes one more; the pause before the next try, milliseconds: 1 s, doubling to 30 s, up to half as much again. */
  add(key: string, uid: string | undefined): number;
  /** How long the pod of that UID is still to wait; 0: try. */
  waitMs(key: string, uid: string | undefined): number;
  forget(key: string): void;
  /**
   * Something changed over there: all may be tried a second after their last try; their pauses go on doubling.
   * Returns their keys.
   */
  hurry(): readonly string[];
}

const firstMs = 1000;
const longestMs = 30_000;

/** Refusals, in memory: after a restart of the agent each pod is tried at once. */
export function refusals(options: {
  /** Milliseconds, any epoch. */
  readonly now: () => number;
  readonly random: () => number;
}): Refusals {
  const { now, random } = options;
  const held = new Map<
    string,
    { uid: string | undefined; count: number; triedMs: number; untilMs: number }
  >();
  return {
    add: (key, uid) => {
      const before = held.get(key);
      const count = before?.uid === uid ? (before?.count ?? 0) + 1 : 1;
      const base = Math.min(firstMs * 2 ** Math.min(count - 1, 30), longestMs / 1.5);
      const pause = base * (1 + random() / 2);
      held.set(key, { uid, count, triedMs: now(), untilMs: now() + pause });
      return pause;
    },
    waitMs: (key, uid) => {
      const refusal = held.get(key);
      return refusal === undefined || refusal.uid !== uid ? 0 : Math.max(0, refusal.untilMs - now());
    },
    forget: (key) => void held.delete(key),
    hurry: () => {
      for (const refusal of held.values()) {
        refusal.untilMs = Math.min(refusal.untilMs, refusal.triedMs + firstMs);
      }
      return [...held.keys()];
    },
  };
}
