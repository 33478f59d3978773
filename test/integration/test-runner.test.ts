import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { count, type Report } from '#tools/test/counts.ts';

/** Test files, and what `scripts/test` has to count for them. */
const cases: readonly [string, Readonly<Record<string, string>>, number, number, RegExp?][] = [
  ['passed', { a: `test('x', () => {}); test('y', () => {})` }, 2, 0],
  ['failed', { a: `test('x', () => {}); test('y', () => { throw new Error() })` }, 1, 1],
  ['skipped', { a: `test('x', () => {}); test.skip('y', () => {})` }, 1, 1, /y/],
  ['todo', { a: `test('x', () => {}); test.todo('y')` }, 1, 1, /y/],
  ['left out by only', { a: `test.only('x', () => {}); test('y', () => {})` }, 1, 1, /y/],
  ['a file that does not load', { a: `test('x', () => {})`, b: `import './none.js'` }, 1, 1, /none/],
  ['a file without tests', { a: `test('x', () => {})`, b: `export {}` }, 1, 1, /No test suite/],
  ['beforeAll fails', { a: `beforeAll(() => { throw new Error() }); test('x', () => {})` }, 0, 1],
  ['afterAll fails', { a: `afterAll(() => { throw new Error('late') }); test('x', () => {})` }, 1, 1, /late/],
  [
    'unhandled error',
    { a: `test('x', () => { setImmediate(() => { throw new Error() }) })` },
    1,
    1,
    /unhandled/,
  ],
  ['unhandled rejection', { a: `test('x', () => { void Promise.reject(new Error()) })` }, 1, 1, /unhandled/],
  ['worker killed', { a: `test('x', () => { process.kill(process.pid, 'SIGKILL') })` }, 0, 1],
  ['no test files', {}, 0, 1, /no test|no report/],
];

describe('counting what vitest reports', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interspan-runner-'));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each(cases)('%s', (_, files, passed, failed, reason) => {
    for (const [name, body] of Object.entries(files)) {
      const imports = `import { afterAll, beforeAll, test } from 'vitest';\n`;
      writeFileSync(join(folder, `${name}.test.js`), imports + body);
    }
    const file = join(folder, 'report.json');
    // In CI vitest refuses `only` by default; here its report is wanted.
    const args = ['run', '--allowOnly', '--root', folder, '--reporter=json', `--outputFile.json=${file}`];
    const run = spawnSync('vitest', args, { encoding: 'utf8' });
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
    const counts = count(report, run.status ?? 128);
    expect(counts, run.stdout + run.stderr).toMatchObject({ passed, failed });
    if (reason !== undefined) expect(counts.reasons.join('\n')).toMatch(reason);
  });
});
