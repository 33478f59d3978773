import { eventLoopUtilization } from 'node:perf_hooks';

type Read = () => Iterable<{ readonly value: number }>;

/** The metrics of this process under their usual Prometheus names, read at scrape (prom-client's own keep observers). */
export function processMetrics(metrics: {
  readAtScrape(options: {
    readonly name: string;
    readonly help: string;
    readonly type: 'counter' | 'gauge';
    readonly read: Read;
  }): void;
}): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  const one = (name: string, type: 'counter' | 'gauge', help: string, read: () => number): void =>
    metrics.readAtScrape({ name, help, type, read: () => [{ value: read() }] });

  one('process_cpu_seconds_total', 'counter', 'CPU time of all threads, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  one('process_resident_memory_bytes', 'gauge', 'Resident memory.', () => process.memoryUsage.rss());
  one('process_start_time_seconds', 'gauge', 'Start of the process since the epoch.', () => startedAt);
  one('process_heap_bytes', 'gauge', 'Used heap of the main thread.', () => process.memoryUsage().heapUsed);
  one(
    'process_event_loop_busy_seconds_total',
    'counter',
    'Time in which the main thread was not waiting.',
    () => eventLoopUtilization().active / 1000,
  );
}
