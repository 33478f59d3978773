import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { requirePackages } from '#tools/host/packages.ts';
import { benchNames } from './dns-names.ts';
import { patchTimes, patchTimesText } from './dns-patch.ts';
import { type Contender, startBind, startCoreDns, startOurs } from './dns-servers.ts';
import { type DnsperfRun, dnsperf } from './harness/dnsperf.ts';
import { load } from './harness/machine.ts';
import { processTreeUsage } from './harness/process-tree.ts';
import type { BenchReport } from './harness/report.ts';
import { median } from './harness/statistics.ts';
import { table } from './harness/table.ts';

/**
 * Our server, BIND 9.18 with one thread and CoreDNS with its `file` plugin answer the same names in alternating runs,
 * each on one core with dnsperf on another. CPU per query is the figure that travels: rates depend on what else the
 * machine does, which the load average beside them tells.
 *
 * Flags: `--names N` (100), `--runs N` (5), `--seconds N` per run (5), `--edns`.
 */
export async function dns(argv: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      names: { type: 'string', default: '100' },
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      edns: { type: 'boolean', default: false },
    },
  });
  const [count, runs, seconds] = [values.names, values.runs, values.seconds].map(Number) as [
    number,
    number,
    number,
  ];
  await requirePackages(['bind9', 'dnsperf']);

  const folder = await mkdtemp(join(tmpdir(), 'interspan-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'questions.txt');
  await writeFile(
    file,
    benchNames(count)
      .map(({ name }) => `${name} A\n`)
      .join(''),
  );
  const contenders: Contender[] = [];
  for (const start of [startOurs, startBind, startCoreDns])
    contenders.push(stack.use(await start({ count, core: 0, folder })));

  const flags = values.edns ? ['-e'] : [];
  const measured: Measurement[] = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const server of contenders) {
      process.stderr.write(`run ${run} of ${runs}: ${server.name}\n`);
      measured.push(await measure(server, run, { file, seconds, flags }));
    }
  }
  const patches = await patchTimes();
  return {
    text: [
      `${count} names with 4 addresses, ${values.edns ? 'EDNS' : 'no EDNS'}, ${runs} alternating runs of ${seconds} s; ${pinning()}`,
      comparison(contenders, measured),
      patchTimesText(patches),
    ].join('\n\n'),
    measurements: { count, runs, seconds, edns: values.edns, measured, patches },
  };
}

interface Measurement extends DnsperfRun {
  readonly server: string;
  readonly run: number;
  readonly cpuSecondsPer100k: number;
  readonly rssBytes: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
}

async function measure(
  server: Contender,
  run: number,
  options: { readonly file: string; readonly seconds: number; readonly flags: readonly string[] },
): Promise<Measurement> {
  const loadBefore = load();
  const before = processTreeUsage(server.pid);
  const result = await dnsperf({ port: server.port, core: 1, ...options });
  const after = processTreeUsage(server.pid);
  return {
    server: server.name,
    run,
    ...result,
    cpuSecondsPer100k: ((after.cpuSeconds - before.cpuSeconds) / result.completed) * 100_000,
    rssBytes: after.rssBytes,
    loadBefore,
    loadAfter: load(),
  };
}

function comparison(contenders: readonly Contender[], measured: readonly Measurement[]): string {
  const of = (server: string) => measured.filter((one) => one.server === server);
  const cpu = (server: string) => median(of(server).map((one) => one.cpuSecondsPer100k));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const bind = cpu(contenders[1]?.name ?? '');
  return table(
    [
      'server',
      'qps',
      'CPU s/100k',
      'of BIND',
      'all runs',
      'RSS MiB',
      'reply B',
      'sent',
      'lost',
      'not NOERROR',
      'load',
    ],
    contenders.map(({ name }) => {
      const runs = of(name);
      return [
        name,
        median(runs.map((one) => one.qps)).toFixed(0),
        cpu(name).toFixed(2),
        (cpu(name) / bind).toFixed(2),
        runs.map((one) => one.cpuSecondsPer100k.toFixed(2)).join(' '),
        (median(runs.map((one) => one.rssBytes)) / 2 ** 20).toFixed(0),
        median(runs.map((one) => one.replyBytes)).toFixed(0),
        String(sum(runs.map((one) => one.sent))),
        String(sum(runs.map((one) => one.lost))),
        String(sum(runs.map((one) => one.refused))),
        `${Math.min(...runs.map((one) => one.loadBefore)).toFixed(1)}–${Math.max(...runs.map((one) => one.loadAfter)).toFixed(1)}`,
      ];
    }),
  );
}

const pinning = (): string =>
  availableParallelism() > 1
    ? 'server on core 0, dnsperf on core 1'
    : 'one core only: server and dnsperf share it';
