import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCounters, readCounters } from '#sidecar/serve/counters.ts';
import { usage } from './flags.ts';
import { sidecarMetrics } from './sidecar-metrics.ts';

const reference = readFileSync(new URL('../../docs/reference/gslb-sidecar.md', import.meta.url), 'utf8');
const section = (title: string) =>
  reference.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
/** What the first column of a section's tables names. */
const named = (title: string, pattern: RegExp) =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...(line.replaceAll('\\|', '/').split('|')[1] ?? '').matchAll(pattern)])
    .map(([name]) => name)
    .sort();

it('the reference names every flag of --help, and no other', () => {
  const flags = new Set(usage.match(/(?<=^ {2}|, )--[a-z][a-z\d-]+/gm));
  expect(named('Flags', /--[a-z][a-z\d-]+/g)).toEqual([...flags].sort());
});

it('the reference gives the defaults that --help gives', () => {
  const rows = new Map(
    section('Flags')
      .split('\n')
      .flatMap((line) => {
        const cells = line.replaceAll('\\|', '/').split('|');
        const [flag] = cells[1]?.match(/--[a-z][a-z\d-]+/) ?? [];
        return flag === undefined ? [] : [[flag, (cells[2] ?? '').replaceAll('`', '').trim()] as const];
      }),
  );
  const defaults = [
    ...usage.matchAll(/^ {2}(--[a-z][a-z\d-]+)(?:(?!\n {2}--)[\s\S])*?\(default (\d+)(?=[:;)])/gm),
  ];
  expect(defaults.length).toBeGreaterThan(7);
  for (const [, flag = '', value = ''] of defaults)
    expect([flag, rows.get(flag)?.split(';')[0]]).toEqual([flag, value]);
});

it('the reference names every metric with its type, and no other', async () => {
  const metrics = sidecarMetrics({
    dns: { counters: () => readCounters(createCounters()) },
    fleet: { statistics: () => ({ peers: [], socket: undefined }) },
    observer: { ageMs: () => 0 },
    prober: {
      statistics: () => ({
        probes: new Map(),
        targets: { unknown: 0, up: 0, down: 0 },
        nodes: [],
        lateMs: 0,
      }),
    },
    places: { statistics: () => ({ loaded: true, builtSeconds: 1, failedLoads: 0 }) },
    memory: { savedAtMs: () => undefined, statistics: () => undefined },
    now: () => 0,
  });
  const text = await metrics.text();
  const served = [...text.matchAll(/^# TYPE (gslb_\S+) (\S+)$/gm)];
  expect(named('Metrics', /gslb_\w+/g)).toEqual(served.map(([, name]) => name ?? '').sort());
  for (const [, name = '', type = ''] of served) {
    const row = section('Metrics')
      .split('\n')
      .find((line) => line.includes(`\`${name}\``));
    expect([name, row?.split('|')[2]?.trim()]).toEqual([name, type]);
  }
});
