import type { Sample } from '#core/telemetry/metrics.ts';
import type { Prober } from '#sidecar/probe/start-prober.ts';

/** Registers a metric that is read at scrapes. */
export type Register = (
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => Iterable<Sample>,
) => void;

/** Metrics of the probes. Addresses are labels only for nodes of this cluster: policies may name any number of others. */
export function probeMetrics(prober: Pick<Prober, 'statistics'>, counter: Register, gauge: Register): void {
  counter('gslb_probes_total', 'Probes that ended.', ['result'], () =>
    Array.from(prober.statistics().probes, ([result, value]) => ({ labels: { result }, value })),
  );
  gauge('gslb_probe_targets', 'What is probed, by verdict.', ['verdict'], () =>
    Object.entries(prober.statistics().targets).map(([verdict, value]) => ({ labels: { verdict }, value })),
  );
  gauge('gslb_probe_node_state', '1 for the verdict on a node.', ['address', 'verdict'], () =>
    prober.statistics().nodes.map(({ address, verdict }) => ({ labels: { address, verdict }, value: 1 })),
  );
  gauge('gslb_probe_late_seconds', 'How late the most overdue probe is.', [], () => [
    { value: prober.statistics().lateMs / 1_000 },
  ]);
}
