import type { Hold } from '#sidecar/model/hold.ts';

/** An object whose disappearance may be an accident. */
export interface Vanishable {
  /** Unique among all kinds. */
  readonly key: string;
  /** Whether it counts among those of which more than half have to go. */
  readonly counts: boolean;
  /** Takes it in, or out, of what is served. */
  readonly put: (present: boolean) => void;
}

export interface MassDeleteOptions {
  /** 0: nothing is ever held. */
  readonly holdMs: number;
  readonly now: () => { readonly monotonicMs: number; readonly wallMs: number };
  /** A hold began or ended. */
  readonly onHold: () => void;
}

/** What goes within this time goes together. */
const togetherMs = 10_000;
/** Fewer are never a mass. */
const leastCount = 10;

/**
 * Stands between the watches and what is served. A deletion takes effect at once, unless it is one of many: when more
 * than half of all objects, and at least 10, go within 10 s, or their CRD goes, they are put back and what else goes
 * is kept, until they come back or the hold ends. Deletions that come 10 s after the last of them are meant, while the
 * CRD stands.
 */
export class MassDeletes {
  readonly #options: MassDeleteOptions;
  #present = 0;
  readonly #known = new Set<string>();
  /** Oldest first; some may be older than they count. */
  readonly #vanished = new Map<string, { readonly object: Vanishable; readonly atMs: number }>();
  readonly #held = new Map<string, Vanishable>();
  /** CRDs that are gone, or going. */
  readonly #goneKinds = new Set<string>();
  #hold: Hold | undefined;
  #lastAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MassDeleteOptions, signal: AbortSignal) {
    this.#options = options;
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  hold = (): Hold | undefined => this.#hold;
  isHeld = (key: string): boolean => this.#held.has(key);
  held = (): Iterable<Vanishable> => this.#held.values();

  /** Goes on with what the process before this one held. To be called before anything is applied. */
  restore({ reason, sinceMs, untilMs }: Hold, held: Iterable<Vanishable>): void {
    const { holdMs, now, onHold } = this.#options;
    const leftMs = Math.min(holdMs, untilMs - now().wallMs);
    for (const object of leftMs > 0 ? held : []) this.#held.set(object.key, object);
    if (this.#held.size === 0) return;
    for (const { put } of this.#held.values()) put(true);
    this.#hold = { reason, sinceMs, untilMs: now().wallMs + leftMs };
    // What goes from now on is not of those that went then.
    this.#lastAtMs = Number.NEGATIVE_INFINITY;
    this.#timer = setTimeout(() => this.#end(), leftMs);
    onHold();
  }

  /** Lets go what is held. */
  release(): void {
    this.#end();
  }

  applied(object: Vanishable): void {
    const { key, counts } = object;
    if (counts && !this.#known.has(key)) this.#present += 1;
    this.#known.add(key);
    this.#vanished.delete(key);
    const returned = this.#held.delete(key);
    object.put(true);
    if (returned && this.#held.size === 0) this.#end();
  }

  deleted(object: Vanishable): void {
    const { key, counts, put } = object;
    const atMs = this.#options.now().monotonicMs;
    if (this.#known.delete(key) && counts) this.#present -= 1;
    if (this.#hold !== undefined && (this.#goneKinds.size > 0 || atMs - this.#lastAtMs <= togetherMs)) {
      this.#held.set(key, object);
      this.#lastAtMs = atMs;
      return;
    }
    put(false);
    this.#vanished.set(key, { object, atMs });
    this.#forgetOld(atMs);
    if (counts && this.#isMass()) this.#begin('MassDelete');
  }

  /** The CRD of a kind stands, or is gone or going. */
  setKind(name: string, stands: boolean): void {
    if (stands) this.#goneKinds.delete(name);
    else if (!this.#goneKinds.has(name)) {
      this.#goneKinds.add(name);
      this.#forgetOld(this.#options.now().monotonicMs);
      if (this.#present + this.#vanished.size > 0) this.#begin('CrdDeleted');
    }
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { atMs }] of this.#vanished) {
      if (nowMs - atMs <= togetherMs) return;
      this.#vanished.delete(key);
    }
  }

  #isMass(): boolean {
    if (this.#vanished.size < leastCount) return false;
    const count = this.#vanished.values().reduce((sum, { object }) => sum + Number(object.counts), 0);
    return count >= leastCount && count > this.#present;
  }

  #begin(reason: Hold['reason']): void {
    const { holdMs, now } = this.#options;
    if (holdMs === 0) return;
    const { monotonicMs, wallMs } = now();
    this.#lastAtMs = monotonicMs;
    for (const [key, { object }] of this.#vanished) {
      this.#held.set(key, object);
      object.put(true);
    }
    this.#vanished.clear();
    if (this.#hold !== undefined) return;
    this.#hold = { reason, sinceMs: wallMs, untilMs: wallMs + holdMs };
    this.#timer = setTimeout(() => this.#end(), holdMs);
    this.#options.onHold();
  }

  #end(): void {
    if (this.#hold === undefined) return;
    clearTimeout(this.#timer);
    this.#hold = undefined;
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const { put } of held) put(false);
    this.#options.onHold();
  }
}
