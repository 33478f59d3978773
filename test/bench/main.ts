import { parseArgs } from 'node:util';
import { dns } from './dns.ts';
import { dnsMemory } from './dns-memory.ts';
import { failover } from './failover.ts';
import { fuzz } from './fuzz.ts';
import { gateway } from './gateway.ts';
import { type Bench, type BenchReport, writeReport } from './harness/report.ts';
import { offload } from './offload.ts';
import { probes } from './probes.ts';
import { scale } from './scale.ts';
import { soak } from './soak.ts';

/** Every bench by its name. */
const benches: Readonly<Record<string, Bench>> = {
  dns,
  'dns-memory': dnsMemory,
  failover,
  fuzz,
  gateway,
  offload,
  probes,
  scale,
  soak,
};

process.exitCode = await main(process.argv.slice(2));

/** `NAME [--json FILE] [flags of that bench]`. Resolves with the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv;
  const bench = benches[name];
  if (bench === undefined) {
    process.stderr.write(
      `Usage: scripts/bench NAME [--json FILE]; NAME is one of: ${Object.keys(benches).join(', ')}\n`,
    );
    return 2;
  }
  const { file, others } = jsonFile(rest);
  const startedAt = new Date();
  let report: BenchReport;
  try {
    report = await bench(others);
  } catch (error) {
    const { hint } = error as { hint?: unknown };
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (typeof hint === 'string') process.stderr.write(`${hint}\n`);
    return 1;
  }
  process.stdout.write(`${report.text}\n`);
  if (file !== undefined) await writeReport(file, name, startedAt, report);
  return 0;
}

function jsonFile(argv: readonly string[]): {
  readonly file: string | undefined;
  readonly others: readonly string[];
} {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: { json: { type: 'string' } },
    strict: false,
    tokens: true,
  });
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name !== 'json') continue;
    taken.add(token.index);
    if (token.inlineValue === false) taken.add(token.index + 1);
  }
  const { json } = values;
  return {
    file: typeof json === 'string' ? json : undefined,
    others: argv.filter((_, index) => !taken.has(index)),
  };
}
