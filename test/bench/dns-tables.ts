import type { Cell, HalfLoad, Measurement } from './dns-cells.ts';
import { median } from './harness/statistics.ts';
import { table } from './harness/table.ts';

/** One row per cell; the ratio is that to BIND asked the same with the same flags, else to BIND's plain hits. */
export function dnsTable(cells: readonly Cell[], measured: readonly Measurement[]): string {
  const of = (server: string, asked: string) =>
    measured.filter((one) => one.server === server && one.asked === asked);
  const cpu = (runs: readonly Measurement[]) => median(runs.map((one) => one.cpuSecondsPer100k));
  const qps = (runs: readonly Measurement[]) => median(runs.map((one) => one.qps));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const bindName = cells.find(({ server }) => server.name.startsWith('BIND'))?.server.name ?? '';
  const header = [
    'server',
    'asked for',
    'qps',
    'of BIND',
    'CPU s/100k',
    'of BIND',
    'all runs',
    'RSS MiB',
    'sent',
    'lost',
    'load',
  ];
  return table(
    header,
    cells.map(({ server: { name }, asked }) => {
      const runs = of(name, asked);
      const same = of(bindName, asked);
      const bind = same.length > 0 ? same : of(bindName, 'hits');
      return [
        name,
        asked,
        qps(runs).toFixed(0),
        (qps(runs) / qps(bind)).toFixed(2),
        cpu(runs).toFixed(2),
        (cpu(runs) / cpu(bind)).toFixed(2),
        runs.map((one) => one.cpuSecondsPer100k.toFixed(2)).join(' '),
        (median(runs.map((one) => one.rssBytes)) / 2 ** 20).toFixed(0),
        String(sum(runs.map((one) => one.sent))),
        String(sum(runs.map((one) => one.lost))),
        `${Math.min(...runs.map((one) => one.loadBefore)).toFixed(1)}–${Math.max(...runs.map((one) => one.loadAfter)).toFixed(1)}`,
      ];
    }),
  );
}

export function halfLoadTable(all: readonly HalfLoad[]): string {
  const names = [...new Set(all.map(({ server }) => server))];
  return table(
    ['at half load', 'rate', 'median ms', 'p99 ms', 'p99 of all runs', 'lost', 'load'],
    names.map((name) => {
      const runs = all.filter(({ server }) => server === name);
      return [
        name,
        median(runs.map(({ rate }) => rate)).toFixed(0),
        median(runs.map(({ medianMs }) => medianMs)).toFixed(3),
        median(runs.map(({ p99Ms }) => p99Ms)).toFixed(3),
        runs.map(({ p99Ms }) => p99Ms.toFixed(2)).join(' '),
        String(runs.reduce((total, { lost }) => total + lost, 0)),
        median(runs.map(({ load }) => load)).toFixed(1),
      ];
    }),
  );
}
