import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';

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

/**
 * Of what the status and the disk remember of a host, what counts: the record with the higher epoch (another replica may
 * have moved on while this one was away), and the last good answer that came with it. Times only the disk has.
 */
export function joinRemembered(ofStatus: Remembered | undefined, ofDisk: Remembered | undefined): Remembered {
  const isDiskAhead = (ofDisk?.active?.epoch ?? 0) > (ofStatus?.active?.epoch ?? 0);
  return isDiskAhead ? { ...ofStatus, ...ofDisk } : { ...ofDisk, ...ofStatus };
}
