import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Planner } from '#sidecar/plan/planner.ts';

type Remembered = Parameters<Planner['remember']>[1];

/** What the status of a Gslb tells a new process of the decisions of the last one, by host. */
export function rememberedOf(gslb: Gslb): ReadonlyMap<string, Remembered> {
  const { active = {}, healthyRecords = {} } = gslb.status ?? {};
  const hosts = new Set([...Object.keys(active), ...Object.keys(healthyRecords)]);
  return new Map(
    [...hosts].map((host) => {
      const record = active[host];
      const sinceMs = Date.parse(record?.since ?? '');
      const lastGood = healthyRecords[host] ?? [];
      return [
        host,
        {
          ...(record === undefined
            ? {}
            : {
                active: {
                  geoTag: record.geoTag,
                  epoch: record.epoch,
                  sinceMs: Number.isNaN(sinceMs) ? 0 : sinceMs,
                  reason: record.reason,
                },
              }),
          ...(lastGood.length === 0 ? {} : { lastGood: lastGood.toSorted() }),
        },
      ];
    }),
  );
}
