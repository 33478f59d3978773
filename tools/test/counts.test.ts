import { describe, expect, it } from 'vitest';
import { count, type Report } from './counts.ts';

const report = (...statuses: string[]): Report => ({
  success: true,
  testResults: [
    {
      name: 'a.test.ts',
      status: 'passed',
      assertionResults: statuses.map((status) => ({ fullName: 'x', status })),
    },
  ],
});

describe('counting a test run', () => {
  it.each([
    ['passed tests', report('passed', 'passed'), 0, 2, 0],
    ['a failed test', report('passed', 'failed'), 1, 1, 1],
    ['a skipped test as failed', report('passed', 'skipped'), 0, 1, 1],
    ['a todo as failed', report('passed', 'todo'), 0, 1, 1],
    ['an unhandled error as failed', report('passed'), 1, 1, 1],
    ['a run without tests as failed', report(), 0, 0, 1],
    ['a crash without report as failed', undefined, 139, 0, 1],
  ])('counts %s', (_title, given, exitCode, passed, failed) => {
    expect(count(given, exitCode)).toMatchObject({ passed, failed });
  });

  it('counts a file that did not load as failed, and says which', () => {
    const broken: Report = {
      success: false,
      testResults: [
        ...report('passed').testResults,
        { name: 'b.test.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] },
      ],
    };
    expect(count(broken, 1)).toEqual({ passed: 1, failed: 1, reasons: ['b.test.ts: SyntaxError'] });
  });
});
