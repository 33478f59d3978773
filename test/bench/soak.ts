import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { requirePackages } from '#tools/host/packages.ts';
import { startChild } from './harness/child.ts';
import { dnsperf, timedDnsperf } from './harness/dnsperf.ts';
import { load, pinned } from './harness/machine.ts';
import { processTreeUsage } from './harness/process-tree.ts';
import type { BenchReport } from './harness/report.ts';
import { quantile } from './harness/statistics.ts';
import { table } from './harness/table.ts';
import { checkAnswers } from './soak-checker.ts';
import { SOAK_HOSTS, soakName } from './soak-names.ts';

/**
 * Our server at half of the rate that it can answer, its answers changed 10 times a second, every answer of a second
 * client checked. A third of the time nothing changes, so that the latency with changes has something to stand beside.
 *
 * Flags: `--minutes N` (10), `--io ffi|dgram` (ffi).
 */
export async function soak(argv: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...argv],
    options: { minutes: { type: 'string', default: '10' }, io: { type: 'string', default: 'ffi' } },
  });
  await requirePackages(['dnsperf']);
  const folder = await mkdtemp(join(tmpdir(), 'interspan-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'questions.txt');
  const names = Array.from({ length: SOAK_HOSTS }, (_, host) => `${soakName(host)} A\n`);
  await writeFile(file, names.join(''));

  const program = fileURLToPath(new URL('./soak-server.ts', import.meta.url));
  const child = stack.use(
    await startChild(pinned(0, [process.execPath, program, values.io]), /^port (\d+)$/m),
  );
  const port = Number(child.ready[1]);
  const asking = { port, file, core: 1 };
  const full = await dnsperf({ ...asking, seconds: 10 });
  const rssBefore = processTreeUsage(child.pid).rssBytes;
  const done = new AbortController();
  const checking = checkAnswers(port, done.signal);
  const phases: Phase[] = [];
  try {
    for (let phase = 0; phase < Number(values.minutes) * (60 / PHASE_SECONDS); phase += 1) {
      const isChanging = phase % 3 !== 2;
      if (phase % 3 !== 1 && phase > 0) process.kill(child.pid, 'SIGUSR2');
      const run = await timedDnsperf({ ...asking, seconds: PHASE_SECONDS, rate: full.qps / 2 });
      const at = (q: number) => quantile([...run.latenciesMs], q);
      const { sent, lost, refused, qps } = run;
      phases.push({ isChanging, sent, lost, refused, qps, medianMs: at(0.5), p99Ms: at(0.99), load: load() });
      process.stderr.write(`${((phase + 1) * PHASE_SECONDS) / 60} min: p99 ${at(0.99).toFixed(2)} ms\n`);
    }
  } finally {
    done.abort();
  }
  const checked = await checking;
  const rssAfter = processTreeUsage(child.pid).rssBytes;
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return {
    text: [
      `Half of ${full.qps.toFixed(0)} queries/s by node:${values.io} for ${values.minutes} minutes in phases of ${PHASE_SECONDS} s`,
      table(
        [
          '',
          'phases',
          'median ms',
          'p99 ms (median)',
          'p99 ms (worst)',
          'sent',
          'lost',
          'not NOERROR',
          'load',
        ],
        [true, false].map((isChanging) => row(phases, isChanging)),
      ),
      `${checked.asked} answers checked: ${checked.wrong.length} wrong, ${checked.lost} lost; RSS ${mib(rssBefore)} MiB before, ${mib(rssAfter)} after`,
      ...checked.wrong.slice(0, 10),
    ].join('\n\n'),
    measurements: { io: values.io, minutes: values.minutes, full, phases, checked, rssBefore, rssAfter },
  };
}

const PHASE_SECONDS = 10;

interface Phase {
  readonly isChanging: boolean;
  readonly sent: number;
  readonly lost: number;
  readonly refused: number;
  readonly qps: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly load: number;
}

function row(phases: readonly Phase[], isChanging: boolean): readonly string[] {
  const ours = phases.filter((phase) => phase.isChanging === isChanging);
  const of = (read: (phase: Phase) => number, q: number) => quantile(ours.map(read), q);
  const sum = (read: (phase: Phase) => number) =>
    String(ours.reduce((total, phase) => total + read(phase), 0));
  return [
    isChanging ? '10 changes a second' : 'no change',
    String(ours.length),
    of(({ medianMs }) => medianMs, 0.5).toFixed(3),
    of(({ p99Ms }) => p99Ms, 0.5).toFixed(2),
    of(({ p99Ms }) => p99Ms, 1).toFixed(2),
    sum(({ sent }) => sent),
    sum(({ lost }) => lost),
    sum(({ refused }) => refused),
    `${of(({ load }) => load, 0).toFixed(1)}–${of(({ load }) => load, 1).toFixed(1)}`,
  ];
}
