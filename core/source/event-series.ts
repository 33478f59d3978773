import type { EventToRecord } from './source.ts';

/** Reports of one thing within this time are one series. */
const seriesMs = 10 * 60_000;
/** Series remembered; beyond it the longest silent is forgotten. */
const limit = 1000;

/** One series: the same thing said of the same object, again and again. */
export interface Series {
  /** Unique among the series of this process. */
  readonly id: number;
  readonly count: number;
  readonly firstAtMs: number;
}

/** Counts events, so that one that comes every second is one record with a count. */
export class EventSeries {
  readonly #series = new Map<string, Series & { readonly lastAtMs: number }>();
  #lastId = 0;

  /** Adds one; `count` is 1 for the first of its series. */
  add(event: EventToRecord, atMs: number): Series {
    const { apiVersion, kind, metadata } = event.about;
    const about = [apiVersion, kind, metadata.namespace, metadata.name, metadata.uid];
    const key = JSON.stringify([...about, event.type, event.reason, event.message]);
    const known = this.#series.get(key);
    const series =
      known !== undefined && atMs - known.lastAtMs < seriesMs
        ? { ...known, count: known.count + 1, lastAtMs: atMs }
        : { id: ++this.#lastId, count: 1, firstAtMs: atMs, lastAtMs: atMs };
    // Deleted first, so that the map stays in order of the last report.
    this.#series.delete(key);
    this.#series.set(key, series);
    if (this.#series.size > limit) this.#series.delete(this.#series.keys().next().value as string);
    return series;
  }
}
