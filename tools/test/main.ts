import { runStep } from './run-step.ts';
import { targets } from './steps.ts';

const names = Object.keys(targets) as (keyof typeof targets)[];

/**
 * `scripts/test [check|unit|integration|e2e|all]`: runs the targets and prints `N passed, N failed` last, whatever
 * happens. Resolves to the exit code: 0 all passed, 1 not, 2 bad usage.
 */
async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const [target = 'all', ...rest] = argv;
  const chosen = target === 'all' ? names : names.filter((name) => name === target);
  if (chosen.length === 0 || rest.length > 0) {
    process.stderr.write(`usage: scripts/test [${names.join('|')}|all]\n`);
    return 2;
  }
  let passed = 0;
  let failed = 0;
  const reasons: string[] = [];
  try {
    for (const step of chosen.flatMap((name) => targets[name])) {
      signal.throwIfAborted();
      const begin = performance.now();
      process.stdout.write(`\n== ${step.name}\n`);
      const counts = await runStep(step, signal);
      passed += counts.passed;
      failed += counts.failed;
      reasons.push(...counts.reasons.map((reason) => `${step.name}: ${reason}`));
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      process.stdout.write(
        `== ${step.name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s\n`,
      );
    }
  } catch (error) {
    failed++;
    reasons.push(signal.aborted ? 'interrupted' : `the test program itself: ${(error as Error).stack}`);
  } finally {
    process.stdout.write(`\n${reasons.map((reason) => `not passed: ${reason}\n`).join('')}`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
  return failed === 0 ? 0 : 1;
}

const stop = new AbortController();
// A second one ends this process at once.
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
process.exitCode = await main(process.argv.slice(2), stop.signal);
