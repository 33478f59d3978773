import type { Override } from '#sidecar/model/override.ts';

/** An override as GslbCluster and GslbPolicy write it. */
export interface WrittenOverride {
  readonly state?: string;
  /** RFC 3339. */
  readonly until?: string;
  readonly reason?: string;
  readonly breakGlass?: boolean;
}

/** The override that a status shows as in force. */
export interface ShownOverride {
  readonly state?: string;
  readonly since?: string;
  readonly until?: string;
}

/**
 * Since when overrides stand: what the status says, so that all replicas say the same, also after a restart; until it
 * says so, the time that it was first seen. A drain whose end or reason is changed goes on; one that has ended, or was
 * taken away, begins anew.
 */
export class Overrides {
  readonly #since = new Map<string, number>();
  /** When those that are no more were last seen. */
  readonly #ended = new Map<string, number>();

  /**
   * The override as the model has it; undefined when there is none, it has ended, or it cannot be read.
   * @param origin where it stands, and with `about` what it is of
   */
  read(
    written: WrittenOverride | undefined,
    shown: ShownOverride | undefined,
    { origin, about, nowMs }: { readonly origin: string; readonly about: string; readonly nowMs: number },
  ): Override | undefined {
    const key = `${origin} ${about}`;
    const untilMs = endMs(written?.until);
    if (written?.state !== 'Drained' || !(untilMs > nowMs)) {
      if (this.#since.delete(key)) this.#ended.set(key, nowMs);
      return undefined;
    }
    const shownMs = shownSinceMs(shown, written.state, nowMs);
    const isThisOne = shownMs !== undefined && shownMs > (this.#ended.get(key) ?? Number.NEGATIVE_INFINITY);
    const sinceMs = isThisOne ? shownMs : (this.#since.get(key) ?? nowMs);
    this.#since.set(key, sinceMs);
    const { reason = '', breakGlass = false } = written;
    return { state: 'drained', untilMs, sinceMs, reason, breakGlass, origin };
  }

  /** An object that is gone takes its overrides along. */
  forget(origin: string): void {
    for (const known of [this.#since, this.#ended])
      for (const key of known.keys()) if (key.startsWith(`${origin} `)) known.delete(key);
  }
}

/** When it ends, ms since 1970: Infinity without a time, NaN where the time cannot be read. */
export const endMs = (until: string | undefined): number =>
  until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);

function shownSinceMs(shown: ShownOverride | undefined, state: string, nowMs: number): number | undefined {
  if (shown?.state !== state || !(endMs(shown.until) > nowMs)) return undefined;
  const sinceMs = Date.parse(shown.since ?? '');
  return sinceMs <= nowMs ? sinceMs : undefined;
}
