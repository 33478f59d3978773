import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '#tools/build/bundle.ts';
import { executable, type Parts } from '#tools/build/executable.ts';

const program = `
import { asset } from '${resolve('core/runtime/asset.ts')}';
import { startWorker } from '${resolve('core/runtime/worker.ts')}';
declare const VERSION: string;
if (import.meta.main) {
  const worker = startWorker('dns', { workerData: { question: process.argv[2] } });
  worker.once('message', (answer) => console.log(VERSION, answer, asset('some/text.yaml')));
}
`;
const worker = `
import { parentPort, workerData } from 'node:worker_threads';
parentPort?.postMessage(workerData.question.toUpperCase());
`;

// Each executable is more than 100 MiB to write.
describe('a single executable', { timeout: 180_000 }, () => {
  let folder: string;
  let output: string;
  let parts: Parts;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interspan-executable-'));
    writeFileSync(join(folder, 'main.ts'), program);
    writeFileSync(join(folder, 'worker.ts'), worker);
    parts = {
      main: await bundle(join(folder, 'main.ts'), 'v1.2.3'),
      assets: {
        'dns.cjs': await bundle(join(folder, 'worker.ts'), 'v1.2.3'),
        'some/text.yaml': 'kind: Text',
      },
      nodeFlags: [],
    };
    output = join(folder, 'out', 'program');
    expect(await executable(parts, output)).toBe(true);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = (env: NodeJS.ProcessEnv = {}) =>
    spawnSync(output, ['hello'], { encoding: 'utf8', cwd: folder, env });

  test('runs alone: knows its version, starts its thread, has its assets, and warns of nothing', () => {
    rmSync(join(folder, 'main.ts'));
    rmSync(join(folder, 'worker.ts'));
    expect(start()).toMatchObject({ stdout: 'v1.2.3 HELLO kind: Text\n', stderr: '', status: 0 });
  });

  test('runs nothing that NODE_OPTIONS says', () => {
    expect(start({ NODE_OPTIONS: '--require /nowhere.cjs' })).toMatchObject({
      stdout: 'v1.2.3 HELLO kind: Text\n',
    });
  });

  test('is left alone when it is current, and written again when it is not or is gone', async () => {
    const before = statSync(output).mtimeMs;
    expect(await executable(parts, output)).toBe(false);
    expect(statSync(output).mtimeMs).toBe(before);
    rmSync(output);
    expect(await executable(parts, output)).toBe(true);
    expect(await executable({ ...parts, main: 'console.log("other")' }, output)).toBe(true);
    expect(start().stdout).toBe('other\n');
  });

  test("runs with the flags of Node that it was made with, and is made again for others'", async () => {
    const flags = { main: 'console.log(process.execArgv.join())', nodeFlags: ['--max-semi-space-size=1'] };
    expect(await executable({ ...parts, ...flags }, output)).toBe(true);
    expect(start().stdout).toBe('--max-semi-space-size=1\n');
    expect(await executable({ ...parts, ...flags, nodeFlags: [] }, output)).toBe(true);
    expect(start().stdout).toBe('\n');
  });

  test('a source that does not resolve fails with its place', async () => {
    const broken = join(folder, 'broken.ts');
    writeFileSync(broken, `\nimport './none.ts';\n`);
    await expect(bundle(broken, 'v1.2.3')).rejects.toThrow(/broken\.ts:2:7: ERROR: Could not resolve/);
  });
});
