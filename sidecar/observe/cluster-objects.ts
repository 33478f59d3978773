import { isDeepStrictEqual } from 'node:util';
import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { ClusterNotes } from '#sidecar/model/cluster-view.ts';
import { clusterNotes, clusterOrigin } from './clusters.ts';
import type { Overrides } from './override.ts';

/** The GslbCluster objects, and what they say now. */
export class ClusterObjects {
  readonly #overrides: Overrides;
  readonly #objects = new Map<string, GslbCluster>();
  #notes: ReadonlyMap<string, ClusterNotes> = new Map();

  constructor(overrides: Overrides) {
    this.#overrides = overrides;
  }

  get(geoTag: string): GslbCluster | undefined {
    return this.#objects.get(geoTag);
  }

  /** By geotag; the same map until something in it changes. */
  notes(): ReadonlyMap<string, ClusterNotes> {
    return this.#notes;
  }

  set(geoTag: string, object: GslbCluster | undefined, nowMs: number): void {
    const notes = new Map(this.#notes);
    if (object === undefined) {
      this.#objects.delete(geoTag);
      this.#overrides.forget(clusterOrigin(geoTag));
      notes.delete(geoTag);
    } else {
      this.#objects.set(geoTag, object);
      notes.set(geoTag, clusterNotes(object, this.#overrides, nowMs));
    }
    if (!isDeepStrictEqual(notes, this.#notes)) this.#notes = notes;
  }

  /** Takes out the overrides that have ended. @returns geotags of their clusters */
  expire(nowMs: number): readonly string[] {
    const ended = [...this.#notes].filter(([, { override }]) => (override?.untilMs ?? Infinity) <= nowMs);
    for (const [geoTag] of ended) this.set(geoTag, this.#objects.get(geoTag), nowMs);
    return ended.map(([geoTag]) => geoTag);
  }

  /** When the next override ends, ms since 1970; Infinity when none does. */
  nextEndMs(): number {
    return Math.min(
      Infinity,
      ...[...this.#notes.values()].map(({ override }) => override?.untilMs ?? Infinity),
    );
  }
}
