import { writeFile } from 'node:fs/promises';
import { type Machine, machine } from './machine.ts';

/** What a bench found: text for people, and everything measured for machines. */
export interface BenchReport {
  readonly text: string;
  readonly measurements: object;
}

/** A bench; `argv` is what stood behind its name, `--json FILE` taken out. */
export type Bench = (argv: readonly string[]) => Promise<BenchReport>;

/** Writes the JSON file of a bench. */
export async function writeReport(
  file: string,
  name: string,
  startedAt: Date,
  report: BenchReport,
): Promise<void> {
  const content: { name: string; startedAt: string; machine: Machine; measurements: object } = {
    name,
    startedAt: startedAt.toISOString(),
    machine: machine(),
    measurements: report.measurements,
  };
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}
