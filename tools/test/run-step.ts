import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goTools } from '#tools/host/go-tools.ts';
import { requirePackages } from '#tools/host/packages.ts';
import { type Counts, count, type Report } from './counts.ts';
import type { Step } from './steps.ts';

/** Runs one step with its output on ours. A command counts as one. Never rejects: what stops it is a failure. */
export async function runStep(step: Step, signal: AbortSignal): Promise<Counts> {
  try {
    return step.kind === 'command' ? await runCommand(step.command, signal) : await runVitest(step, signal);
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return failure(hint === undefined ? message : `${message}; ${hint}`);
  }
}

const failure = (reason: string): Counts => ({ passed: 0, failed: 1, reasons: [reason] });

async function runCommand(command: readonly [string, ...string[]], signal: AbortSignal): Promise<Counts> {
  const code = await exitCode(command, signal);
  return code === 0
    ? { passed: 1, failed: 0, reasons: [] }
    : failure(`${command.join(' ')} exited with ${code}`);
}

async function runVitest(step: Extract<Step, { kind: 'vitest' }>, signal: AbortSignal): Promise<Counts> {
  if (step.root && process.getuid?.() !== 0)
    return failure('they make network namespaces and need root: sudo scripts/test');
  await requirePackages(step.packages);
  for (const module of step.go) await goTools(module, process.env, signal);
  const folder = await mkdtemp(join(tmpdir(), 'interspan-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`] as const;
    const code = await exitCode(['vitest', 'run', '--project', step.project, ...reporters], signal);
    const report = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as Report,
      () => undefined,
    );
    return count(report, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Exit code of a program; 128 when a signal ended it. Aborting ends it and waits for its end. */
async function exitCode(
  [program, ...args]: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop);
  child.once('error', reject);
  child.once('exit', (code) => resolve(code ?? 128));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
