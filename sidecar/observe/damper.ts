/** How long the first return is held, and how long at most: each further one twice as long. */
const firstHoldMs = 5_000;
const longestHoldMs = 300_000;
/** After so long without a change, all is forgotten. */
const calmMs = 600_000;

/** Now, by both clocks: holds are timed by the one that never goes back, and told by the other. */
export interface Moment {
  readonly monotonicMs: number;
  /** Since 1970. */
  readonly wallMs: number;
}

interface Track {
  up: boolean;
  /** It was up before, or it was down when the process began: coming up is a return. */
  lost: boolean;
  changedMs: number;
  holdMs: number;
  held: { readonly endsMs: number; readonly untilWallMs: number } | undefined;
}

/**
 * Delays what comes back, never what is lost: a thing that returns is held for 5 s, for twice as long each time that it
 * does so again, at most 5 min, and from the beginning after 10 min without a change. Not held: what is up when it is
 * first seen, and what is new and has never been up.
 */
export class Damper {
  readonly #tracks = new Map<string, Track>();
  readonly #held = new Set<string>();
  #starting = true;

  /** What was down until now may have been up before this process began. */
  started(): void {
    this.#starting = false;
  }

  /** Takes note; returns until when it is held (ms since 1970), undefined when it is not. */
  see(key: string, up: boolean, { monotonicMs, wallMs }: Moment): number | undefined {
    const track = this.#tracks.get(key);
    // While the process starts, what is seen may still be put together.
    if (track === undefined || this.#starting) {
      const lost = !up && this.#starting;
      this.#tracks.set(key, { up, lost, changedMs: monotonicMs, holdMs: 0, held: undefined });
      return undefined;
    }
    if (track.up !== up) {
      if (monotonicMs - track.changedMs >= calmMs) track.holdMs = 0;
      track.up = up;
      track.changedMs = monotonicMs;
      track.held = undefined;
      this.#held.delete(key);
      if (up && track.lost) {
        track.holdMs = Math.min(longestHoldMs, track.holdMs === 0 ? firstHoldMs : 2 * track.holdMs);
        track.held = { endsMs: monotonicMs + track.holdMs, untilWallMs: wallMs + track.holdMs };
        this.#held.add(key);
      }
      track.lost = true;
    }
    // The key stays among the held ones until `ended` has told of it: others may depend on it.
    return track.held !== undefined && track.held.endsMs > monotonicMs ? track.held.untilWallMs : undefined;
  }

  knows(key: string): boolean {
    return this.#tracks.has(key);
  }

  /** When the next hold ends, by the monotonic clock; Infinity when nothing is held. */
  nextEndMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const key of this.#held) next = Math.min(next, this.#tracks.get(key)?.held?.endsMs ?? next);
    return next;
  }

  /** What is held no longer, once. */
  *ended(monotonicMs: number): Iterable<string> {
    for (const key of this.#held) {
      if ((this.#tracks.get(key)?.held?.endsMs ?? 0) > monotonicMs) continue;
      this.#held.delete(key);
      yield key;
    }
  }

  /** Forgets those that nobody has looked after for so long that their next change would be the first again. */
  forget(monotonicMs: number, isUsed: (key: string) => boolean): void {
    for (const [key, { changedMs }] of this.#tracks) {
      if (monotonicMs - changedMs < calmMs || isUsed(key)) continue;
      this.#tracks.delete(key);
      this.#held.delete(key);
    }
  }
}
