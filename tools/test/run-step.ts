import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePackages } from '#tools/host/packages.ts';
import { type Counts, count, type Report } from './counts.ts';
import type { Step } from './steps.ts';

/** Runs one step with its output on ours. A command counts as one. Never rejects: what stops it is a failure. */
export async function runStep(step: Step): Promise<Counts> {
  try {
    return step.kind === 'command' ? await runCommand(step.command) : await runVitest(step);
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return { passed: 0, failed: 1, reasons: [hint === undefined ? message : `${message}; ${hint}`] };
  }
}

async function runCommand(command: readonly [string, ...string[]]): Promise<Counts> {
  const code = await exitCode(command);
  return code === 0
    ? { passed: 1, failed: 0, reasons: [] }
    : { passed: 0, failed: 1, reasons: [`${command.join(' ')}: exit ${code}`] };
}

async function runVitest(step: Extract<Step, { kind: 'vitest' }>): Promise<Counts> {
  if (step.root && process.getuid?.() !== 0) {
    return {
      passed: 0,
      failed: 1,
      reasons: [`${step.name} make network namespaces and need root: sudo scripts/test`],
    };
  }
  await requirePackages(step.packages);
  const folder = await mkdtemp(join(tmpdir(), 'interspan-test-'));
  const file = join(folder, 'report.json');
  try {
    const code = await exitCode([
      'vitest',
      'run',
      '--project',
      step.project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    const report = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as Report,
      () => undefined,
    );
    return count(report, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Exit code of a program; 128 and more when a signal ended it. */
function exitCode([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('error', reject);
  child.once('exit', (code) => resolve(code ?? 128));
  return promise;
}
