import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('counters and gauges come out in text format', async () => {
  const metrics = createMetrics();
  metrics.counter({ name: 'a_total', help: 'A.', labelNames: ['zone'] }).add({ zone: 'z' }, 2);
  metrics.gauge({ name: 'b', help: 'B.' }).set(3);
  metrics.histogram({ name: 'c_seconds', help: 'C.', buckets: [1, 2] }).observe(1.5);
  const text = await metrics.text();
  expect(text).toContain('# HELP a_total A.\n# TYPE a_total counter\na_total{zone="z"} 2\n');
  expect(text).toContain('\nb 3\n');
  expect(text).toContain('c_seconds_bucket{le="2"} 1\n');
  expect(text).toMatch(/\nprocess_resident_memory_bytes \d+\n/);
});

test('a typed array is read at each scrape, with its totals', async () => {
  const metrics = createMetrics();
  const values = new BigUint64Array(2);
  metrics.readAtScrape({
    name: 'answers_total',
    help: 'Answers.',
    type: 'counter',
    labelNames: ['rcode'],
    read: () =>
      ['NOERROR', 'NXDOMAIN'].map((rcode, slot) => ({ labels: { rcode }, value: Number(values[slot]) })),
  });
  values[0] = 5n;
  expect(await metrics.text()).toContain('answers_total{rcode="NOERROR"} 5\n');
  values[0] = 7n;
  const text = await metrics.text();
  expect(text).toContain('answers_total{rcode="NOERROR"} 7\n');
  expect(text).toContain('answers_total{rcode="NXDOMAIN"} 0\n');
});

test('a histogram kept elsewhere is read at each scrape', async () => {
  const metrics = createMetrics();
  const counts = [1, 0, 2];
  metrics.readHistogramAtScrape({
    name: 'wait_seconds',
    help: 'W.',
    read: () => ({ bounds: [0.5, 1], counts, sum: 7.5 }),
  });
  expect(await metrics.text()).toContain(
    [
      '# HELP wait_seconds W.',
      '# TYPE wait_seconds histogram',
      'wait_seconds_bucket{le="0.5"} 1',
      'wait_seconds_bucket{le="1"} 1',
      'wait_seconds_bucket{le="+Inf"} 3',
      'wait_seconds_sum 7.5',
      'wait_seconds_count 3\n',
    ].join('\n'),
  );
  counts[0] = 5;
  expect(await metrics.text()).toContain('wait_seconds_count 7\n');
});

test('series that are gone at a scrape are gone from the text', async () => {
  const metrics = createMetrics();
  let peers = ['us', 'ap'];
  metrics.readAtScrape({
    name: 'peer_up',
    help: 'Up.',
    type: 'gauge',
    labelNames: ['geotag'],
    read: () => peers.map((geotag) => ({ labels: { geotag }, value: 1 })),
  });
  expect(await metrics.text()).toContain('peer_up{geotag="us"} 1');
  peers = ['ap'];
  const text = await metrics.text();
  expect(text).not.toContain('peer_up{geotag="us"}');
  expect(text).toContain('peer_up{geotag="ap"} 1');
});

test('a metric that cannot be read is left out and counted; the others stay', async () => {
  const metrics = createMetrics();
  metrics.gauge({ name: 'other', help: 'O.' }).set(1);
  metrics.readAtScrape({
    name: 'broken',
    help: 'B.',
    type: 'gauge',
    read: () => {
      throw new Error('gone');
    },
  });
  await metrics.text();
  const text = await metrics.text();
  expect(text).toContain('\nother 1\n');
  expect(text).not.toMatch(/^broken /m);
  expect(text).toMatch(/telemetry_read_errors_total\{metric="broken"\} \d/);
});
