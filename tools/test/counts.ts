/** The parts of vitest's JSON report that are counted. */
export interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** What a step brought. `reasons` says, for a person, what failed beside plain failed tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly reasons: readonly string[];
}

/**
 * Counts a report: anything but `passed` is failed (skipped, todo and pending too), a file that did not load is one
 * failure, no test at all is one, and so is a run that exited badly although every test passed (unhandled errors).
 * `report` is undefined when the runner left none (it crashed).
 */
export function count(report: Report | undefined, exitCode: number): Counts {
  if (report === undefined)
    return { passed: 0, failed: 1, reasons: [`the runner left no report (exit ${exitCode})`] };
  let passed = 0;
  let failed = 0;
  const reasons: string[] = [];
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed++;
      else {
        failed++;
        if (test.status !== 'failed') reasons.push(`${test.status}: ${test.fullName}`);
      }
    }
    if (file.status === 'failed' && file.assertionResults.every((test) => test.status === 'passed')) {
      failed++;
      reasons.push(`${file.name}: ${file.message ?? 'failed outside its tests'}`);
    }
  }
  if (passed + failed === 0) return { passed, failed: 1, reasons: ['no test was found'] };
  if (failed === 0 && (exitCode !== 0 || !report.success)) {
    failed++;
    reasons.push(`every test passed, but the runner exited with ${exitCode}: an unhandled error`);
  }
  return { passed, failed, reasons };
}
