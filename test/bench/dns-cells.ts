import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchNames, benchZone } from './dns-names.ts';
import type { Contender } from './dns-servers.ts';
import { type DnsperfRun, dnsperf, timedDnsperf } from './harness/dnsperf.ts';
import { load } from './harness/machine.ts';
import { processTreeUsage } from './harness/process-tree.ts';
import { median, quantile } from './harness/statistics.ts';

/** One server asked one kind of question. */
export interface Cell {
  readonly server: Contender;
  readonly asked: string;
  /** Questions, for dnsperf. */
  readonly file: string;
  readonly flags: readonly string[];
}

export interface Measurement extends DnsperfRun {
  readonly server: string;
  readonly asked: string;
  readonly run: number;
  readonly cpuSecondsPer100k: number;
  readonly rssBytes: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** Writes questions: names that are there, 100 that are not, or 200,000 random ones that are not. */
export async function questionFile(
  folder: string,
  kind: 'hits' | 'missing' | 'random',
  count: number,
): Promise<string> {
  const names = {
    hits: () => benchNames(count).map(({ name }) => name),
    missing: () => Array.from({ length: 100 }, (_, k) => `missing${k}.${benchZone}`),
    random: () => Array.from({ length: 200_000 }, () => `${randomLabel()}.${benchZone}`),
  }[kind]();
  const file = join(folder, `${kind}-${count}.txt`);
  await writeFile(file, names.map((name) => `${name} A\n`).join(''));
  return file;
}

const randomLabel = () => Math.random().toString(36).slice(2, 14);

export async function measure(cell: Cell, run: number, seconds: number): Promise<Measurement> {
  const { server, asked, file, flags } = cell;
  const loadBefore = load();
  const before = processTreeUsage(server.pid);
  const result = await dnsperf({ port: server.port, core: 1, seconds, file, flags });
  const after = processTreeUsage(server.pid);
  return {
    server: server.name,
    asked,
    run,
    ...result,
    cpuSecondsPer100k: ((after.cpuSeconds - before.cpuSeconds) / result.completed) * 100_000,
    rssBytes: after.rssBytes,
    loadBefore,
    loadAfter: load(),
  };
}

/** Times of answers at half of the rate that the server was measured at. */
export interface HalfLoad {
  readonly server: string;
  readonly rate: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly lost: number;
  readonly load: number;
}

export async function halfLoad(
  servers: readonly Contender[],
  file: string,
  measured: readonly Measurement[],
  options: { readonly runs: number; readonly seconds: number },
): Promise<readonly HalfLoad[]> {
  const result: HalfLoad[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    for (const { name, port } of servers) {
      process.stderr.write(`half load, run ${run} of ${options.runs}: ${name}\n`);
      const rates = measured.filter((one) => one.server === name && one.asked === 'hits');
      const rate = median(rates.map((one) => one.qps)) / 2;
      const timed = await timedDnsperf({ port, core: 1, seconds: options.seconds, file, rate });
      result.push({
        server: name,
        rate,
        medianMs: quantile([...timed.latenciesMs], 0.5),
        p99Ms: quantile([...timed.latenciesMs], 0.99),
        lost: timed.lost,
        load: load(),
      });
    }
  }
  return result;
}
