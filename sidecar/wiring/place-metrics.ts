import type { Places } from '#sidecar/places/start-places.ts';
import type { Register } from './probe-metrics.ts';

/** Whether the place database that was asked for is there, and how old it is. */
export function placeMetrics(places: Pick<Places, 'statistics'>, counter: Register, gauge: Register): void {
  gauge('gslb_places_loaded', '1 while a place database is loaded, else 0.', [], () => [
    { value: Number(places.statistics().loaded) },
  ]);
  gauge('gslb_places_built_timestamp_seconds', 'When the place database in use was built.', [], () => {
    const { builtSeconds } = places.statistics();
    return builtSeconds === undefined ? [] : [{ value: builtSeconds }];
  });
  counter('gslb_places_failed_loads_total', 'Place databases that could not be loaded.', [], () => [
    { value: places.statistics().failedLoads },
  ]);
}
