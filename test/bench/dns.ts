import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { requirePackages } from '#tools/host/packages.ts';
import { type Cell, halfLoad, type Measurement, measure, questionFile } from './dns-cells.ts';
import { patchTimes, patchTimesText } from './dns-patch.ts';
import {
  type Contender,
  type Start,
  startBind,
  startCoreDns,
  startFromSource,
  startSidecar,
} from './dns-servers.ts';
import { dnsTable, halfLoadTable } from './dns-tables.ts';
import type { BenchReport } from './harness/report.ts';

/**
 * The released sidecar (by node:ffi and by node:dgram), BIND 9.18 with one thread and CoreDNS with its `file` plugin
 * answer the same names in alternating runs, each on one core with dnsperf on another. CPU per query is the figure
 * that travels: rates depend on what else the machine does, which the load average beside them tells.
 *
 * Flags: `--runs N` (5), `--seconds N` per run (5), `--many N` names of the larger zone (10000), `--source`: our
 * server alone, from source, instead of the sidecar.
 */
export async function dns(argv: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      many: { type: 'string', default: '10000' },
      source: { type: 'boolean', default: false },
    },
  });
  const [runs, seconds, many] = [values.runs, values.seconds, values.many].map(Number) as [
    number,
    number,
    number,
  ];
  await requirePackages(['bind9', 'dnsperf']);
  const ours = values.source ? startFromSource : startSidecar;
  if (!values.source) await promisify(execFile)(process.execPath, ['tools/build/main.ts']);

  const folder = await mkdtemp(join(tmpdir(), 'interspan-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const start = async (from: Start, count: number): Promise<Contender> =>
    stack.use(await from({ count, core: 0, folder }));
  const ffi = await start(ours('ffi'), FEW);
  const dgram = await start(ours('dgram'), FEW);
  const bind = await start(startBind, FEW);
  const coreDns = await start(startCoreDns, FEW);
  const ffiMany = await start(ours('ffi'), many);

  const hits = await questionFile(folder, 'hits', FEW);
  const manyHits = await questionFile(folder, 'hits', many);
  const missing = await questionFile(folder, 'missing', FEW);
  const random = await questionFile(folder, 'random', FEW);
  const cells: readonly Cell[] = [
    ...[ffi, bind, dgram, coreDns].map((server) => ({ server, asked: 'hits', file: hits, flags: [] })),
    ...[ffi, bind, dgram].map((server) => ({
      server,
      asked: 'hits, OPT and cookie',
      file: hits,
      flags: COOKIE,
    })),
    { server: ffiMany, asked: `hits of ${many}`, file: manyHits, flags: [] },
    ...[ffi, bind].map((server) => ({ server, asked: 'one of 100 missing', file: missing, flags: [] })),
    ...[ffi, bind].map((server) => ({ server, asked: 'random missing', file: random, flags: [] })),
  ];
  const measured: Measurement[] = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const cell of cells) {
      process.stderr.write(`run ${run} of ${runs}: ${cell.server.name}, ${cell.asked}\n`);
      measured.push(await measure(cell, run, seconds));
    }
  }
  const halfLoads = await halfLoad([ffi, bind, dgram], hits, measured, { runs, seconds });
  const patches = await patchTimes();
  const what = values.source ? 'interspan from source' : 'interspan as released, metrics on';
  return {
    text: [
      `${FEW} names with 4 addresses, ${runs} alternating runs of ${seconds} s, medians; ${what}; ${pinning()}`,
      dnsTable(cells, measured),
      halfLoadTable(halfLoads),
      patchTimesText(patches),
    ].join('\n\n'),
    measurements: { runs, seconds, many, source: values.source, measured, halfLoads, patches },
  };
}

const FEW = 100;

/** OPT with a client cookie, which is answered with a server cookie (RFC 7873). */
const COOKIE = ['-e', '-E', '10:0001020304050607'];

const pinning = (): string =>
  availableParallelism() > 1
    ? 'server on core 0, dnsperf on core 1'
    : 'one core only: server and dnsperf share it';
