import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { processMetrics } from './process-metrics.ts';

export type Labels = Readonly<Record<string, string>>;

/** One time series' value now. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** Observations up to each bound (ascending) and beyond the last, not accumulated: one more count than bounds. */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  /** Of all observed values. */
  readonly sum: number;
}

interface MetricOptions {
  /** Prometheus name; counters end in `_total`, units are in the name (`_seconds`, `_bytes`). */
  readonly name: string;
  readonly help: string;
  /** Every label that a series may carry. Default none. */
  readonly labelNames?: readonly string[];
}

/** A program's metrics. Each name may be registered once. */
export interface Metrics {
  counter(options: MetricOptions): { add(labels?: Labels, by?: number): void };
  gauge(options: MetricOptions): { set(value: number, labels?: Labels): void };
  /** `buckets`: upper bounds, ascending. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): {
    observe(value: number, labels?: Labels): void;
  };
  /**
   * A counter or gauge that is read only when it is scraped, so that a hot path pays nothing: `read` gives all
   * series with their totals. A `read` that throws leaves this metric out of the scrape and counts in
   * `telemetry_read_errors_total`.
   */
  readAtScrape(
    options: MetricOptions & { readonly type: 'counter' | 'gauge'; readonly read: () => Iterable<Sample> },
  ): void;
  /** The same for a histogram without labels that somebody else keeps. */
  readHistogramAtScrape(
    options: Omit<MetricOptions, 'labelNames'> & { readonly read: () => Distribution },
  ): void;
  /** Everything in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** An empty registry with `process_*` metrics. Holds no timer and no observer. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const base = ({ name, help, labelNames = [] }: MetricOptions) => ({
    name,
    help,
    labelNames,
    registers: [registry],
  });
  const readErrors = new Counter(
    base({
      name: 'telemetry_read_errors_total',
      help: 'Metrics that could not be read at a scrape.',
      labelNames: ['metric'],
    }),
  );
  const distributions: Parameters<Metrics['readHistogramAtScrape']>[0][] = [];
  const metrics: Metrics = {
    counter: (options) => {
      const counter = new Counter(base(options));
      return { add: (labels = {}, by = 1) => counter.inc(labels, by) };
    },
    gauge: (options) => {
      const gauge = new Gauge(base(options));
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram: (options) => {
      const histogram = new Histogram({ ...base(options), buckets: [...options.buckets] });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    readAtScrape: ({ type, read, ...options }) => {
      const Kind = type === 'counter' ? Counter : Gauge;
      new Kind({
        ...base(options),
        collect() {
          this.reset();
          // reset() of a metric without labels leaves a series of 0, which a failed read must not show.
          if (!options.labelNames?.length) this.remove();
          try {
            for (const { labels = {}, value } of read()) this.inc(labels, value);
          } catch {
            readErrors.inc({ metric: options.name });
          }
        },
      });
    },
    readHistogramAtScrape: (options) => {
      distributions.push(options);
    },
    text: async () => {
      const texts = distributions.map(({ name, help, read }) => {
        try {
          return histogramText(name, help, read());
        } catch {
          readErrors.inc({ metric: name });
          return '';
        }
      });
      return (await registry.metrics()) + texts.join('');
    },
    contentType: registry.contentType,
  };
  processMetrics(metrics);
  return metrics;
}

/** By hand: a histogram of prom-client takes one value at a time, not what was counted elsewhere. */
function histogramText(name: string, help: string, { bounds, counts, sum }: Distribution): string {
  let total = 0;
  const buckets = counts.map((count, k) => {
    total += count;
    return `${name}_bucket{le="${bounds[k] ?? '+Inf'}"} ${total}\n`;
  });
  const head = `\n# HELP ${name} ${help}\n# TYPE ${name} histogram\n`;
  return `${head}${buckets.join('')}${name}_sum ${sum}\n${name}_count ${total}\n`;
}
