import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { probe } from '#core/probe/probe.ts';
import type { ProbeSpec } from '#core/probe/target.ts';
import { startProber } from '#sidecar/probe/start-prober.ts';
import { startChild } from './harness/child.ts';
import type { BenchReport } from './harness/report.ts';
import { table } from './harness/table.ts';

const nodes = ['127.1.0.1', '127.1.0.2', '127.1.0.3'] as const;
/** Storms are measured after what begins them has passed. */
const settleMs = 2_000;

interface Storm {
  readonly storm: string;
  readonly probesPerSecond: number;
  /** Of one core, user and system. */
  readonly cpu: number;
  readonly loopDelayMs: { readonly median: number; readonly p99: number; readonly longest: number };
  /** How often the sidecar's own probe of the three nodes was made: 3 to 3.4 is as often as ever. */
  readonly ownPerSecond: number;
}

/**
 * What probes cost the thread that makes them: three nodes by the sidecar's own probe, and as many hosts with an HTTP
 * probe of their own as `--hosts` says (10,000) on each, that answer or say nothing. The own probe's number shows
 * whether storms keep it waiting.
 */
export async function probes(argv: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...argv],
    options: { hosts: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '15' } },
  });
  const [hosts, seconds] = [Number(values.hosts), Number(values.seconds)];
  await using server = await startChild(
    [process.execPath, join(import.meta.dirname, 'probes-server.ts')],
    /{.*}/,
  );
  const ports: { answering: number; silent: number } = JSON.parse(server.ready[0]);
  const storms = [
    await measure('none', ports.answering, 0, ports.answering, seconds),
    await measure(`${hosts} hosts that answer`, ports.answering, hosts, ports.answering, seconds),
    await measure(`${hosts} hosts that say nothing`, ports.answering, hosts, ports.silent, seconds),
  ];
  const rows = storms.map(({ storm, probesPerSecond, cpu, loopDelayMs, ownPerSecond }) => [
    storm,
    probesPerSecond.toFixed(0),
    ownPerSecond.toFixed(1),
    `${(cpu * 100).toFixed(0)} %`,
    ...[loopDelayMs.median, loopDelayMs.p99, loopDelayMs.longest].map((ms) => ms.toFixed(1)),
  ]);
  const head = ['storm', 'probes/s', 'own/s', 'of a core', 'loop delay ms', 'p99', 'longest'];
  return { text: table(head, rows), measurements: { hosts, seconds, storms } };
}

async function measure(
  storm: string,
  ownPort: number,
  hosts: number,
  port: number,
  seconds: number,
): Promise<Storm> {
  const ending = new AbortController();
  let own = 0;
  const now = () => performance.now();
  const prober = startProber(
    {
      probe: (target, timeoutMs, signal) => {
        if (target.spec.type === 'tcp' && target.spec.port === ownPort) own += 1;
        return probe(target, timeoutMs, signal);
      },
      now,
      random: Math.random,
      onMoved: () => undefined,
    },
    ending.signal,
  );
  try {
    for (const address of nodes) prober.want({ address, spec: { type: 'tcp', port: ownPort } }, true);
    for (let host = 0; host < hosts; host += 1) {
      const spec: ProbeSpec = { type: 'http', port, path: '/', host: `h${host}.example.com` };
      for (const address of nodes) prober.want({ address, spec }, false);
    }
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const made = () =>
      prober
        .statistics()
        .probes.values()
        .reduce((sum, times) => sum + times, 0);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [beganMs, before, ownBefore, cpu] = [now(), made(), own, process.cpuUsage()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const elapsed = (now() - beganMs) / 1_000;
    const used = process.cpuUsage(cpu);
    delay.disable();
    return {
      storm,
      probesPerSecond: (made() - before) / elapsed,
      ownPerSecond: (own - ownBefore) / elapsed,
      cpu: (used.user + used.system) / 1e6 / elapsed,
      loopDelayMs: {
        median: delay.percentile(50) / 1e6,
        p99: delay.percentile(99) / 1e6,
        longest: delay.max / 1e6,
      },
    };
  } finally {
    ending.abort();
  }
}
