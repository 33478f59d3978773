import { expect, it } from 'vitest';
import { createCounters, readCounters } from '#sidecar/serve/counters.ts';
import { sidecarMetrics } from './sidecar-metrics.ts';

const probes = {
  probes: new Map([['refused', 3]] as const),
  targets: { unknown: 0, up: 2, down: 1 },
  nodes: [{ address: '192.0.2.1', verdict: 'down' as const }],
  lateMs: 250,
};
const metrics = (fill: (counters: ReturnType<typeof createCounters>) => void = () => undefined) => {
  const counters = createCounters();
  fill(counters);
  return sidecarMetrics({
    dns: { counters: () => readCounters(counters) },
    fleet: { statistics: () => ({ peers: [], socket: undefined }) },
    observer: { ageMs: () => 1500 },
    prober: { statistics: () => probes },
    places: { statistics: () => ({ loaded: true, builtSeconds: 1_700_000_000, failedLoads: 2 }) },
    memory: {
      savedAtMs: () => undefined,
      statistics: () => ({ written: 7, failed: 1, confirmedAtMs: 400 }),
    },
    now: () => 1000,
  });
};

it('every metric is read without an error and keeps to Prometheus’ words', async () => {
  const text = await metrics().text();
  expect(text).not.toContain('telemetry_read_errors_total{');
  const names = [...text.matchAll(/^# TYPE (gslb_\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
  expect(names.length).toBeGreaterThan(20);
  for (const { name, type } of names) expect(name?.endsWith('_total')).toBe(type === 'counter');
  expect(text).toContain('\ngslb_source_age_seconds 1.5\n');
  expect(text).toContain('\ngslb_answers_saved 0\n');
  expect(text).toContain('\ngslb_state_age_seconds 0.6\n');
  expect(text).toContain('\ngslb_state_writes_total{result="failed"} 1\n');
  expect(text).toContain('\ngslb_probes_total{result="refused"} 3\n');
  expect(text).toContain('\ngslb_probe_targets{verdict="down"} 1\n');
  expect(text).toContain('\ngslb_probe_node_state{address="192.0.2.1",verdict="down"} 1\n');
  expect(text).toContain('\ngslb_probe_late_seconds 0.25\n');
  expect(text).toContain('\ngslb_places_loaded 1\n');
  expect(text).toContain('\ngslb_places_built_timestamp_seconds 1700000000\n');
  expect(text).toContain('\ngslb_places_failed_loads_total 2\n');
});

it('labels take few values: none carries what a client sent', async () => {
  const text = await metrics((counters) => counters.fill(1)).text();
  const labels = new Map<string, Set<string>>();
  for (const [, series] of text.matchAll(/^gslb_\w+\{(.*)\} /gm))
    for (const [, label = '', value = ''] of (series ?? '').matchAll(/(\w+)="([^"]*)"/g))
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
  expect([...labels.keys()].sort()).toEqual(
    ['action', 'address', 'family', 'le', 'rcode', 'reason', 'result', 'transport', 'verdict', 'way'].sort(),
  );
  for (const values of labels.values()) expect(values.size).toBeLessThanOrEqual(30);
});
