import type { Gslb } from '#core/api/gslb/schema.ts';
import type { ActiveRecord } from '#sidecar/model/active-record.ts';

/**
 * The cluster that each failover host was with, by host, as statuses have it: what a sidecar that starts goes on
 * from. Of several Gslbs with one host the highest epoch counts. What cannot be read is left out.
 */
export function activeRecords(gslbs: Iterable<Gslb>): ReadonlyMap<string, ActiveRecord> {
  const records = new Map<string, ActiveRecord>();
  for (const { status } of gslbs)
    for (const [host, { geoTag, epoch, since, reason }] of Object.entries(status?.active ?? {})) {
      const sinceMs = Date.parse(since);
      const known = records.get(host);
      if (geoTag === '' || !Number.isSafeInteger(epoch) || epoch < 0 || Number.isNaN(sinceMs)) continue;
      if (known === undefined || epoch > known.epoch) records.set(host, { geoTag, epoch, sinceMs, reason });
    }
  return records;
}
